// Writes docs/trace.schema.json and the tables of docs/trace-format.md from the tables of
// src/trace. With --check it only compares.
// usage: node scripts/trace-schema.mjs [--check]

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

const bundle = await build({
  entryPoints: [`${root}src/trace/published.ts`],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  logLevel: "error",
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
const published = await import(`data:text/javascript;base64,${code}`);
const { tablesBegin, tablesEnd, traceJsonSchema, traceTables } = published;

/** The document with its generated part replaced. */
function withTables(document) {
  const from = document.indexOf(tablesBegin);
  const to = document.indexOf(tablesEnd);
  if (from < 0 || to < from) throw new Error("docs/trace-format.md has lost its markers");
  return document.slice(0, from) + traceTables() + document.slice(to + tablesEnd.length);
}

const format = `${root}docs/trace-format.md`;
const outputs = [
  [`${root}docs/trace.schema.json`, `${JSON.stringify(traceJsonSchema(), null, 2)}\n`],
  [format, withTables(await readFile(format, "utf8"))],
];
for (const [file, text] of outputs) {
  if (!process.argv.includes("--check")) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text) {
    console.error(`${file.slice(root.length)} is not current: run node scripts/trace-schema.mjs`);
    process.exitCode = 1;
  }
}
