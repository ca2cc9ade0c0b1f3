// What benchmarks share: timing by the median of several runs, and the shape of a result.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Against the reference measured in the same run. */
  readonly ratio: number;
  readonly goal: string;
}

const runs = 5;

/** Median rate of `work`, which performs `count` units, after one warm-up. */
export function ratePerSecond(work: () => void, count: number): number {
  work();
  const rates: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = process.hrtime.bigint();
    work();
    rates.push((count * 1e9) / Number(process.hrtime.bigint() - start));
  }
  return median(rates);
}

/** CPU time of this process that `work` takes, milliseconds. */
export function cpuMs(work: () => void): number {
  const before = processMs();
  work();
  return processMs() - before;
}

/**
 * CPU time of the calling thread so far, ms: what a clock shows on a machine with nothing else to
 * do. The collector and the compiler of the engine run beside it. Of the process where the system
 * does not tell.
 */
export function threadMs(): number {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "latin1").split(" ")[0]) / 1e6;
  } catch {
    return processMs();
  }
}

/** CPU time of this process so far, ms. */
export function processMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** CPU time of a shell command, ms; null where it does not end with `expected`. */
export function shellCpuMs(command: string, cwd: string, expected = 0): number | null {
  const script = `TIMEFORMAT='%U %S'; time { ${command}; }`;
  const { status, stderr } = spawnSync("bash", ["-c", script], { cwd, encoding: "utf8" });
  if (status !== expected) return null;
  const times = stderr.trim().split("\n").at(-1)!.split(" ");
  return times.reduce((sum, s) => sum + Number(s) * 1000, 0);
}
