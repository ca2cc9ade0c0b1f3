// (c) Start to exit of `replay traces/single-job.yaml` against `node -e 0`: CPU time (user and
// system) of the whole process, as bash's `time` reports it, medians of interleaved runs.

import { spawnSync } from "node:child_process";
import { type BenchResult, median } from "./support.ts";

const runs = 15;
const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1';

/** CPU time of `node args`, start to exit, ms. */
function measure(args: readonly string[]): number {
  const command = ["-c", script, "bash", process.execPath, ...args];
  const { status, stderr } = spawnSync("bash", command, { encoding: "utf8" });
  if (status === null || status > 1) throw new Error(`${args.join(" ")} ended with ${status}`);
  const [user, system] = stderr.trim().split(" ").map(Number);
  return (user + system) * 1000;
}

export function benchStartup(cli: string): BenchResult[] {
  const replay = [cli, "replay", "traces/single-job.yaml"];
  const times = { bare: [] as number[], replay: [] as number[], help: [] as number[] };
  for (let i = 0; i < runs; i++) {
    times.bare.push(measure(["-e", "0"]));
    times.replay.push(measure(replay));
    times.help.push(measure([cli, "--help"]));
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
