// How two replays with the same fences and register accesses differ in their times.

import type { FenceRow, Golden } from "../golden/model.ts";

/** How far times move, ns. */
export interface TimesOnly {
  /** The same fence or register access, at most. */
  readonly mostNs: number;
  /** What two register accesses have between them, at most: what is not carried along. */
  readonly stepNs: number;
}

/** How two replays with the same fences and accesses in the same order differ; null: they do not. */
export function timesOnly(before: Golden, after: Golden): TimesOnly | null {
  let mostNs = 0;
  const near = (a: number, b: number): boolean => {
    mostNs = Math.max(mostNs, Math.abs(a - b));
    return a < 0 === b < 0;
  };
  const { registers: r0, fences: f0 } = before;
  const { registers: r1, fences: f1 } = after;
  if (r0.length !== r1.length || f0.length !== f1.length) return null;
  const same =
    r0.every((a, i) => {
      const { time, ...rest } = r1[i];
      return near(a.time, time) && JSON.stringify({ ...rest, time: a.time }) === keyOf(a);
    }) &&
    f0.every((a, i) => {
      const b = f1[i];
      const times = near(a.init, b.init) && near(a.queued, b.queued) && near(a.run, b.run);
      return times && near(a.signalled, b.signalled) && fenceKey(a) === fenceKey(b);
    });
  const moved = r0.map((a, i) => r1[i].time - a.time);
  const stepNs = moved.reduce(
    (most, ns, i) => Math.max(most, Math.abs(ns - (moved[i - 1] ?? 0))),
    0,
  );
  return same ? { mostNs, stepNs } : null;
}

const keyOf = ({ time, ...rest }: Golden["registers"][number]): string =>
  JSON.stringify({ ...rest, time });

const fenceKey = ({ fence, driver, timeline, error, by, path, stages }: FenceRow): string =>
  JSON.stringify([fence, driver, timeline, error, by, path, stages.map(([stage]) => stage)]);
