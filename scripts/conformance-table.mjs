// Prints the agreement with a set of recordings as a Markdown table, for the README; or, with
// --expected, as the JSON of test/conformance/expected.json, below which no change may fall.
// usage: node scripts/conformance-table.mjs [--expected] [options of panthor-replay conformance]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const expected = args.includes("--expected");
const cli = [`${root}dist/panthor-replay.js`, "conformance", "--json"];
const run = spawnSync(process.execPath, [...cli, ...args.filter((a) => a !== "--expected")], {
  encoding: "utf8",
  maxBuffer: 2 ** 30,
});
process.stderr.write(run.stderr);
if (run.stdout === "") process.exit(run.status ?? 1);
const results = JSON.parse(run.stdout);

if (expected) process.stdout.write(`${JSON.stringify(expectedTable(), null, 2)}\n`);
else process.stdout.write(`${markdown().join("\n")}\n`);

/** Matched and total by recording and aspect. */
function expectedTable() {
  const table = {};
  for (const { scenario, flavour, error, aspects } of results) {
    if (error !== null) throw new Error(`${scenario} (${flavour}): ${error}`);
    table[`${scenario} ${flavour}`] = Object.fromEntries(
      Object.entries(aspects).map(([name, { matched, total }]) => [name, [matched, total]]),
    );
  }
  return table;
}

function markdown() {
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
