// (f) Bisecting a series on the command line: all of irq-latency-v3 on single-job, trials included,
// against replaying the trace once.

import { spawnSync } from "node:child_process";
import { type BenchResult, median } from "./support.ts";

const runs = 3;

/** Wall-clock time of a run of the command line, ms: what its threads share out shows here. */
function commandMs(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, [...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export function benchBisect(cli: string): BenchResult[] {
  const trace = "traces/single-job.yaml";
  const timesOf = (args: readonly string[]): number =>
    median(Array.from({ length: runs }, () => commandMs([cli, ...args])));
  const replay = timesOf(["replay", trace, "--no-golden"]);
  const result = (name: string, jobs: readonly string[]): BenchResult => {
    const ms = timesOf(["bisect", trace, "--series", "irq-latency-v3", ...jobs]);
    return { name, value: ms, unit: "ms", ratio: ms / replay, goal: "-" };
  };
  return [result("bisect/series", []), result("bisect/one-job", ["--jobs", "1"])];
}
