// (g) What the invariants of every replay cost: the jobs of bench/jobs.ts replayed with them and
// without, in turn, in the same run, and the same windows compared.

import { allChecks } from "../src/check/checks.ts";
import { fastTenth, measureWindows } from "./jobs.ts";
import type { BenchResult } from "./support.ts";

const runs = 2;

export function benchChecks(): BenchResult[] {
  const on: number[] = [];
  const off: number[] = [];
  const timesOf = (checks: typeof allChecks): number[] =>
    measureWindows({ checks }).windows.map(({ thread }) => thread);
  for (let i = 0; i < runs; i++) {
    off.push(...timesOf([]));
    on.push(...timesOf(allChecks));
  }
  const ratio = fastTenth(off) / fastTenth(on);
  return [
    { name: "checks/on", value: fastTenth(on), unit: "jobs/s", ratio, goal: "ratio <= 1.2" },
    { name: "checks/off", value: fastTenth(off), unit: "jobs/s", ratio: 1, goal: "-" },
  ];
}
