// Prints how well the model agrees with recordings that are replayed from themselves, without a
// trace, as the JSON of test/stimuli/expected.json, below which no change may fall.
// usage: node scripts/stimuli-table.mjs RECORDING... > test/stimuli/expected.json
import { spawnSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = process.env["PANTHOR_REPLAY"] ?? `${root}dist/panthor-replay.js`;
const run = spawnSync(process.execPath, [cli, "replay", "--json", ...process.argv.slice(2)], {
  encoding: "utf8",
  maxBuffer: 2 ** 30,
});
process.stderr.write(run.stderr);
if (run.stdout === "") process.exit(run.status ?? 1);
const results = [JSON.parse(run.stdout)].flat();
const table = {};
for (const { recording, error, aspects, notes } of results) {
  const name = basename(dirname(recording));
  if (error !== undefined) throw new Error(`${recording}: ${error}`);
  const count = (how) => notes.filter((n) => n.how === how).reduce((n, { count: c }) => n + c, 0);
  table[name] = {
    ...Object.fromEntries(Object.entries(aspects).map(([a, x]) => [a, [x.matched, x.total]])),
    guessed: count("guessed"),
    not_recovered: count("not recovered"),
  };
}
const rows = Object.entries(table).map(
  ([name, row]) =>
    `  ${JSON.stringify(name)}: {\n` +
    Object.entries(row)
      .map(
        ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value).replace(",", ", ")}`,
      )
      .join(",\n") +
    "\n  }",
);
process.stdout.write(`{\n${rows.join(",\n")}\n}\n`);
