// Writes docs/trace.schema.json from the tables of src/trace. With --check it only compares.
// usage: node scripts/trace-schema.mjs [--check]

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}docs/trace.schema.json`;

const bundle = await build({
  entryPoints: [`${root}src/trace/json-schema.ts`],
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  logLevel: "error",
});
const code = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
const { traceJsonSchema } = await import(`data:text/javascript;base64,${code}`);
const text = `${JSON.stringify(traceJsonSchema(), null, 2)}\n`;

if (process.argv.includes("--check")) {
  if ((await readFile(target, "utf8").catch(() => "")) !== text) {
    console.error("docs/trace.schema.json is not current: run node scripts/trace-schema.mjs");
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
