// A generated section of README.md, between `<!-- NAME -->` and `<!-- end of NAME -->`. Prettier
// writes it as it formats the rest of the file, so that format:check has nothing to say.

import { readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));

/**
 * Puts `text` into the section `name` of README.md; with `check` it only compares. False when the
 * section is not current. A README without the section is left alone.
 */
export async function readmeSection(name, text, check) {
  const before = await readFile(readme, "utf8");
  const begin = `<!-- ${name} -->`;
  const end = `<!-- end of ${name} -->`;
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from) return true;
  const whole = `${before.slice(0, from)}${begin}\n\n${text.trim()}\n\n${before.slice(to)}`;
  const options = await resolveConfig(readme);
  const after = await format(whole, { ...options, parser: "markdown" });
  if (after === before) return true;
  if (check) return false;
  await writeFile(`${readme}.new`, after);
  await rename(`${readme}.new`, readme);
  return true;
}
