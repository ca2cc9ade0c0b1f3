// (e) Reducing a trace on the command line: how long it takes, and candidates judged a second,
// against replaying the trace once. The failure is the patch of irq-latency-v3 that changes who
// signals a job's fence.

import { spawnSync } from "node:child_process";
import { type BenchResult, median } from "./support.ts";

const runs = 3;
const trace = "traces/single-job.yaml";
const sought = ["--revision", "irq-latency-v3@5", "--predicate"];
const predicate = "fence any by process_fw_events_work";

/** Wall-clock time of a run, ms, and what it prints: what threads share out shows here. */
function command(args: readonly string[]): { readonly ms: number; readonly out: string } {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return { ms: Number(process.hrtime.bigint() - start) / 1e6, out: stdout };
}

export function benchReduce(cli: string): BenchResult[] {
  const several = (args: readonly string[]) => Array.from({ length: runs }, () => command(args));
  const replayMs = median(several([cli, "replay", trace, "--no-golden"]).map((r) => r.ms));
  return [["reduce", []] as const, ["reduce-one-job", ["--jobs", "1"]] as const].flatMap(
    ([name, jobs]): BenchResult[] => {
      const results = several([cli, "reduce", trace, ...sought, predicate, "--json", ...jobs]);
      const ms = median(results.map((r) => r.ms));
      const { judged } = JSON.parse(results[0].out) as { readonly judged: number };
      const rate = (judged * 1000) / ms;
      return [
        { name: `${name}/time`, value: ms, unit: "ms", ratio: ms / replayMs, goal: "-" },
        {
          name: `${name}/tried`,
          value: rate,
          unit: "1/s",
          ratio: (rate * replayMs) / 1000,
          goal: "-",
        },
      ];
    },
  );
}
