// Agreement with a set of recordings as a Markdown table; or, with --expected, as JSON: that of
// test/conformance/expected.json, below which no change may fall, and of docs/conformance.json, the
// last measurement of all recordings. With --readme the latter becomes the section `conformance` of
// README.md; with --check the section is only compared with it.
// usage: node scripts/conformance-table.mjs [--expected] [options of panthor-replay conformance]
//        node scripts/conformance-table.mjs --readme|--check   (no replay)

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readmeSection } from "./readme-section.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const check = args.includes("--check");

if (check || args.includes("--readme")) {
  const stored = JSON.parse(await readFile(`${root}docs/conformance.json`, "utf8"));
  const table = markdown(storedResults(stored)).join("\n");
  const text = `<details><summary>The table</summary>\n\n${table}\n\n</details>`;
  if (!(await readmeSection("conformance", text, check))) {
    console.error(
      "README.md, conformance: not current: run node scripts/conformance-table.mjs --readme",
    );
    process.exitCode = 1;
  }
} else {
  const results = measure(args.filter((a) => a !== "--expected"));
  const expected = args.includes("--expected");
  const text = expected
    ? JSON.stringify(expectedTable(results), null, 2)
    : markdown(results).join("\n");
  process.stdout.write(`${text}\n`);
}

/** Runs the comparison. */
function measure(options) {
  const cli = [`${root}dist/panthor-replay.js`, "conformance", "--json", ...options];
  const run = spawnSync(process.execPath, cli, { encoding: "utf8", maxBuffer: 2 ** 30 });
  process.stderr.write(run.stderr);
  if (run.stdout === "") process.exit(run.status ?? 1);
  return JSON.parse(run.stdout);
}

/** The stored JSON as results of a run. */
function storedResults(stored) {
  return Object.entries(stored).map(([name, aspects]) => {
    const [scenario, flavour] = name.split(" ");
    const pairs = Object.entries(aspects).map(([a, [matched, total]]) => [a, { matched, total }]);
    return { scenario, flavour, error: null, aspects: Object.fromEntries(pairs) };
  });
}

/** Matched and total by recording and aspect. */
function expectedTable(results) {
  const table = {};
  for (const { scenario, flavour, error, aspects } of results) {
    if (error !== null) throw new Error(`${scenario} (${flavour}): ${error}`);
    table[`${scenario} ${flavour}`] = Object.fromEntries(
      Object.entries(aspects).map(([name, { matched, total }]) => [name, [matched, total]]),
    );
  }
  return table;
}

function markdown(results) {
  const names = Object.keys(results.find((r) => r.aspects !== undefined)?.aspects ?? {});
  const rows = results.map(({ scenario, flavour, error, aspects }) => [
    scenario,
    flavour,
    ...names.map((name) => (aspects === undefined ? error : cell(aspects[name]))),
  ]);
  const header = ["scenario", "flavour", ...names.map((n) => n.replace("_", " "))];
  const rule = header.map((_, i) => (i < 2 ? "---" : "---:"));
  return [header, rule, ...rows].map((row) => `| ${row.join(" | ")} |`);
}

function cell({ matched, total }) {
  if (total === 0) return "none";
  if (matched === total) return `100 % of ${total}`;
  // Never rounds up to 100.
  return `${(Math.floor((matched / total) * 1000) / 10).toFixed(1)} % of ${total}`;
}
