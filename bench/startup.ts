// (c) Start to exit of `replay traces/single-job.yaml` against `node -e 0`: CPU time (user and
// system) of the whole process, medians of interleaved runs. A preloaded script reports it at exit.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchResult, median } from "./support.ts";

const runs = 15;
const report =
  'process.on("exit",()=>{const{user,system}=process.cpuUsage();' +
  'require("node:fs").writeFileSync(process.env.BENCH_CPU,String((user+system)/1000))})';

export function benchStartup(cli: string): BenchResult[] {
  const dir = mkdtempSync(join(tmpdir(), "panthor-bench-"));
  const preload = join(dir, "report.cjs");
  const out = join(dir, "cpu");
  writeFileSync(preload, report);
  const measure = (args: readonly string[]): number => {
    const env = { ...process.env, BENCH_CPU: out };
    const { status } = spawnSync(process.execPath, ["-r", preload, ...args], { env });
    if (status === null || status > 1) throw new Error(`${args.join(" ")} ended with ${status}`);
    return Number(readFileSync(out, "utf8"));
  };
  const replay = [cli, "replay", "traces/single-job.yaml"];
  const times = { bare: [] as number[], replay: [] as number[], help: [] as number[] };
  try {
    for (let i = 0; i < runs; i++) {
      times.bare.push(measure(["-e", "0"]));
      times.replay.push(measure(replay));
      times.help.push(measure([cli, "--help"]));
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  const bare = median(times.bare);
  const row = (name: string, values: readonly number[], goal: string): BenchResult => {
    const value = median(values);
    return { name: `startup/${name}`, value, unit: "ms CPU", ratio: value / bare, goal };
  };
  return [
    row("replay-single-job", times.replay, "<= 3"),
    row("help", times.help, "-"),
    row("node-e-0", times.bare, "reference"),
  ];
}
