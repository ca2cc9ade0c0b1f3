// What benchmarks share: timing by the median of several runs, and the shape of a result.

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
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
