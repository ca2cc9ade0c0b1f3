// Runs the benchmarks and prints a table, or JSON with --json. Other arguments choose by prefix:
// `npm run bench -- jobs startup`. Ratios are against references of the same run, times are CPU
// times where something else may be running. Never fails on a time.

import { fileURLToPath } from "node:url";
import { benchBisect } from "./bisect.ts";
import { benchChecks } from "./checks.ts";
import { benchDiff } from "./diff.ts";
import { benchJobs } from "./jobs.ts";
import { benchMachine } from "./machine.ts";
import { benchRecording } from "./recording.ts";
import { benchReduce } from "./reduce.ts";
import { benchStartup } from "./startup.ts";
import { benchStream, measureStream } from "./stream.ts";
import type { BenchResult } from "./support.ts";

/** Path of the built command line; put in by scripts/bench.mjs. */
declare const COMMAND_LINE: string;

/** Argument with which a benchmark starts itself for a measurement of memory. */
const measureArgument = "measure-stream";
const args = process.argv.slice(2);
const json = args.includes("--json");
const chosen = args.filter((a) => !a.startsWith("-"));

if (args.length === 1 && args[0] === measureArgument) {
  process.stdout.write(`${JSON.stringify(measureStream())}\n`);
} else printResults(runAll());

function runAll(): BenchResult[] {
  const results: BenchResult[] = [];
  const run = (name: string, bench: () => BenchResult[]): void => {
    if (chosen.length > 0 && !chosen.some((c) => name.startsWith(c))) return;
    if (!json) process.stderr.write(`${name} …\n`);
    try {
      results.push(...bench());
    } catch (error) {
      process.stderr.write(`${name}: ${(error as Error).message}\n`);
    }
  };
  run("startup", () => benchStartup(COMMAND_LINE));
  run("stream", () => benchStream(fileURLToPath(import.meta.url)));
  run("machine", benchMachine);
  run("jobs", () => benchJobs(benchMachine().find((r) => r.name === "machine/bare-loop")!.value));
  run("checks", benchChecks);
  run("diff", benchDiff);
  run("recording", benchRecording);
  run("bisect", () => benchBisect(COMMAND_LINE));
  run("reduce", () => benchReduce(COMMAND_LINE));
  return results;
}

function printResults(results: readonly BenchResult[]): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    return;
  }
  const rows = results.map(({ name, value, unit, ratio, goal }) => [
    name,
    value >= 1000 ? Math.round(value).toLocaleString("en") : value.toFixed(1),
    unit,
    Number.isNaN(ratio) ? "-" : ratio.toFixed(2),
    goal,
  ]);
  const table = [["benchmark", "value", "unit", "ratio", "goal"], ...rows];
  const widths = table[0].map((_, c) => Math.max(...table.map((r) => r[c].length)));
  for (const row of table) {
    const line = row.map((cell, c) =>
      c === 1 || c === 3 ? cell.padStart(widths[c]) : cell.padEnd(widths[c]),
    );
    process.stdout.write(`${line.join("  ").trimEnd()}\n`);
  }
}
