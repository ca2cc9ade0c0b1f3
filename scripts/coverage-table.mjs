// Writes docs/driver-coverage.md: every function of the C driver and the operation that has its
// part, and test/fixtures/driver-functions.json: the names of those functions.
// Also the section `driver coverage` of README.md, where it has one.
// usage: node scripts/coverage-table.mjs LINUX    (a folder of the kernel's sources)
//        node scripts/coverage-table.mjs --check  (only compares, with the names as they are)

import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { readmeSection } from "./readme-section.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const fixture = `${root}test/fixtures/driver-functions.json`;
const table = `${root}docs/driver-coverage.md`;
const folder = "drivers/gpu/drm/panthor";
const [argument] = process.argv.slice(2);
const check = argument === "--check";

if (argument === undefined) {
  console.error("usage: coverage-table LINUX|--check; expected a folder of the kernel's sources");
  process.exit(2);
}

const stored = check ? JSON.parse(await readFile(fixture, "utf8")) : await readNames(argument);
const { coverage, coverageSummary, coverageTable, operations } = await load();
const rows = coverage(stored.functions, operations());
const unexplained = rows.filter(({ by }) => by === undefined);
for (const { unit, cFunction } of unexplained) {
  console.error(
    `panthor_${unit}.c: ${cFunction} has no operation and no row in coverage-aliases.ts`,
  );
}
if (unexplained.length > 0) process.exit(1);

const text = coverageTable(rows, stored.source);
if (!check) {
  await writeFile(fixture, `${JSON.stringify(stored, null, 2)}\n`);
  await writeFile(table, text);
} else if ((await readFile(table, "utf8").catch(() => "")) !== text) {
  console.error("docs/driver-coverage.md is not current: run npm run coverage-table -- LINUX");
  process.exitCode = 1;
}

const link = "Function by function: [docs/driver-coverage.md](docs/driver-coverage.md).";
const section = [...coverageSummary(rows), "", link].join("\n");
if (!(await readmeSection("driver coverage", section, check))) {
  console.error("README.md, driver coverage: not current: run npm run coverage-table -- LINUX");
  process.exitCode = 1;
}

/** The functions that the C files define, by unit, in order. */
async function readNames(linux) {
  const functions = {};
  const files = (await readdir(`${linux}/${folder}`)).filter((f) => f.endsWith(".c")).sort();
  for (const file of files) {
    const source = await readFile(`${linux}/${folder}/${file}`, "utf8");
    const names = definitions(source);
    // A body begins with a brace in the first column; each has to have been recognised.
    const bodies = source.match(/^\{/gm)?.length ?? 0;
    if (names.length !== bodies) {
      throw new Error(`${file}: ${names.length} functions recognised of ${bodies}`);
    }
    functions[file.slice("panthor_".length, -".c".length)] = names;
  }
  return { source: `Linux 7.3, ${folder}`, functions };
}

function definitions(source) {
  const code = source.replace(/\/\*[^]*?\*\//g, (c) => c.replace(/[^\n]/g, " "));
  const pattern =
    /^(?![#\s]|static const struct|struct \w+ \{|enum|union|typedef)[A-Za-z_][\w\s*]*?\b(\w+)\((?:[^()]|\([^()]*\))*\)\s*\n\{/gm;
  return [...code.matchAll(pattern)].map(([, name]) => name);
}

/** The rule, and the operations of the driver as it is built. */
async function load() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { zeroCost } from "./src/device/profile/index.ts";
        import { operationsOf } from "./src/replay/operations.ts";
        export { coverage, coverageSummary, coverageTable } from "./src/driver/coverage.ts";
        export const operations = () => operationsOf(zeroCost);`,
      resolveDir: root,
      loader: "ts",
    },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "error",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}
