// (f) Bisecting a series on the command line: all of irq-latency-v3, trials included, against
// replaying the trace once. On a short trace, where threads would cost more than they do, and on a
// long one; as the command chooses, on one thread, and on two from the beginning.

import { spawnSync } from "node:child_process";
import { type BenchResult, median } from "./support.ts";

interface Sample {
  readonly name: string;
  readonly trace: string;
  readonly runs: number;
}

const samples: readonly Sample[] = [
  { name: "series", trace: "traces/single-job.yaml", runs: 3 },
  { name: "long-series", trace: "traces/09a-500-jobs-sync.yaml", runs: 1 },
];

const choices = [
  ["", []],
  ["/one-job", ["--jobs", "1"]],
  ["/two-jobs", ["--jobs", "2"]],
] as const;

/** Wall-clock time of a run of the command line, ms: what its threads share out shows here. */
function commandMs(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, [...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export function benchBisect(cli: string): BenchResult[] {
  return samples.flatMap(({ name, trace, runs }) => {
    const timesOf = (args: readonly string[]): number =>
      median(Array.from({ length: runs }, () => commandMs([cli, ...args])));
    const replay = timesOf(["replay", trace, "--no-golden"]);
    return choices.map(([choice, jobs]): BenchResult => {
      const ms = timesOf(["bisect", trace, "--series", "irq-latency-v3", ...jobs]);
      return {
        name: `bisect/${name}${choice}`,
        value: ms,
        unit: "ms",
        ratio: ms / replay,
        goal: "-",
      };
    });
  });
}
