// (g) What the invariants of every replay cost: the trace of bench/jobs.ts replayed with them and
// without, in turn, in the same run.

import { allChecks } from "../src/check/checks.ts";
import { replayJobs } from "./jobs.ts";
import { type BenchResult, cpuMs, median } from "./support.ts";

const jobs = 3000;
const runs = 5;

export function benchChecks(): BenchResult[] {
  replayJobs(jobs);
  const on: number[] = [];
  const off: number[] = [];
  for (let i = 0; i < runs; i++) {
    off.push(cpuMs(() => replayJobs(jobs, { checks: [] })));
    on.push(cpuMs(() => replayJobs(jobs, { checks: allChecks })));
  }
  const ratio = median(on) / median(off);
  return [
    { name: "checks/on", value: median(on), unit: "ms", ratio, goal: "ratio <= 1.2" },
    { name: "checks/off", value: median(off), unit: "ms", ratio: 1, goal: "-" },
  ];
}
