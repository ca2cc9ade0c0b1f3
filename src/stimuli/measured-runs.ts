// Jobs known only by how long they took, as few different streams: durations are rounded until a
// trace has room for them.

import type { FenceId } from "./facts.ts";
import { streamsMax } from "../trace/limits.ts";
import { printDuration } from "../trace/units.ts";

const digitsMost = 4;

export class MeasuredRuns {
  private readonly digits: number;

  constructor(private readonly times: ReadonlyMap<FenceId, number>) {
    let digits = digitsMost;
    while (digits > 1) {
      const seen = new Set<number>();
      for (const ns of times.values()) seen.add(rounded(ns, digits));
      if (seen.size <= streamsMax / 2) break;
      digits--;
    }
    this.digits = digits;
  }

  /** Work for as long as a job took; work without end where it never did. */
  line(fence: FenceId | undefined): string {
    const ns = fence === undefined ? undefined : this.times.get(fence);
    return ns === undefined ? "hang" : `run ${printDuration(rounded(ns, this.digits))}`;
  }
}

function rounded(ns: number, digits: number): number {
  if (ns <= 0) return 1;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ns)) + 1 - digits);
  return Math.round(ns / unit) * unit;
}
