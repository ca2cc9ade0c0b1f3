// How the same fences are signalled in two replays: when, by whom, after how long.

import type { FenceRow } from "../golden/model.ts";
import { type Tally, tally } from "./tally.ts";

/** Fences whose signal moves in one direction; times in ns, without sign. */
export interface Shift {
  readonly count: number;
  readonly minNs: number;
  readonly medianNs: number;
  readonly maxNs: number;
}

/** Pairs of fences that both replays signalled, by context:seqno. */
export function signalledPairs(
  before: readonly FenceRow[],
  after: readonly FenceRow[],
): (readonly [FenceRow, FenceRow])[] {
  const byName = new Map(after.map((f) => [f.fence, f]));
  return before.flatMap((x) => {
    const y = byName.get(x.fence);
    return y === undefined || x.signalled < 0 || y.signalled < 0 ? [] : [[x, y] as const];
  });
}

export function shifts(before: readonly FenceRow[], after: readonly FenceRow[]) {
  const all = signalledPairs(before, after).map(([x, y]) => y.signalled - x.signalled);
  return {
    earlier: shift(all.filter((ns) => ns < 0).map((ns) => -ns)),
    later: shift(all.filter((ns) => ns > 0)),
  };
}

function shift(ns: number[]): Shift | null {
  if (ns.length === 0) return null;
  ns.sort((a, b) => a - b);
  const [minNs, medianNs, maxNs] = [ns[0], median(ns), ns[ns.length - 1]];
  return { count: ns.length, minNs, medianNs, maxNs };
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1];

export function latency(before: readonly FenceRow[], after: readonly FenceRow[]) {
  const medianOf = (fences: readonly FenceRow[]): number => {
    const totals = fences
      .filter((f) => f.stages.length > 0)
      .map((f) => f.stages.reduce((sum, [, ns]) => sum + ns, 0))
      .sort((a, b) => a - b);
    return totals.length === 0 ? -1 : median(totals);
  };
  const beforeNs = medianOf(before);
  const afterNs = medianOf(after);
  return beforeNs < 0 || afterNs < 0 || beforeNs === afterNs ? null : { beforeNs, afterNs };
}

export function contexts(before: readonly FenceRow[], after: readonly FenceRow[]): Tally[] {
  return tally(
    signalledPairs(before, after).flatMap(([x, y]) => {
      const is = [y.by, ...y.path].filter(once);
      const was = [x.by, ...x.path].filter(once);
      if (is.join("\n") === was.join("\n")) return [];
      // Where the ways join again is no news.
      while (is.length > 1 && was.length > 1 && is.at(-1) === was.at(-1)) {
        is.pop();
        was.pop();
      }
      return [signaller(is, was)];
    }),
  );
}

/** What goes round once more is no other way. */
const once = (c: string, i: number, all: readonly string[]): boolean => c !== all[i - 1];

/** Who signals now and who did; of one who stays, what he is started by. */
function signaller(now: readonly string[], before: readonly string[]): string {
  if (now[0] !== before[0]) return `signalled by ${now[0]}, was ${before[0]}`;
  const at = now.findIndex((c, i) => c !== before[i]);
  const way = at < 0 ? now.length : at;
  if (way >= now.length) return `signalled by ${now[0]}, no longer by way of ${before[way]}`;
  if (way >= before.length) return `signalled by ${now[0]}, now by way of ${now[way]}`;
  return `signalled by ${now[0]} by way of ${now[way]}, was by way of ${before[way]}`;
}
