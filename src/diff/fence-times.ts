// When the fences of two goldens are created, queued, run and signalled, and how long each stage of
// their completion takes. Each of these keeps its own shift, so that completions that are all late
// by the same time are one difference although submissions are on time.

import type { FenceRow } from "../golden/model.ts";
import { type Difference, us } from "./difference.ts";

/** Fences that stand for each other, by row. */
export interface FencePair {
  readonly expected: number;
  readonly actual: number;
  /** Signalled in another order: told as such, not as a delay. */
  readonly moved: boolean;
}

const happenings = ["init", "queued", "run", "signalled"] as const;
type Happening = (typeof happenings)[number];

const told: Readonly<Record<Happening, string>> = {
  init: "is created",
  queued: "is queued",
  run: "is run",
  signalled: "is signalled",
};

/** Differences of time between paired fences. */
export function diffFenceTimes(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
  pairs: readonly FencePair[],
): Difference[] {
  const out: Difference[] = [];
  const shifts = new Map<Happening, number>();
  const stages = new StageShifts();
  /** The shift told last: what follows it by the same time is no news. */
  let latest = 0;
  for (const { pair, what } of inTime(expected, actual, pairs)) {
    const x = expected[pair.expected];
    const y = actual[pair.actual];
    const shift = y[what] - x[what];
    const step = shift - (shifts.get(what) ?? 0);
    shifts.set(what, shift);
    const stage = what === "signalled" ? stages.change(x, y) : null;
    const late = step !== 0 && shift !== latest;
    if (!late && stage === null) continue;
    if (late) latest = shift;
    const delay = late ? delayText(x, what, step, shift) : "";
    const detail = [delay, stage === null ? "" : late ? stage : `fence ${x.fence}: ${stage}`];
    out.push({
      kind: late || !stages.otherWay(x, y) ? "delayed" : "other value",
      section: "fences",
      expected: pair.expected,
      actual: pair.actual,
      time: y[what],
      detail: detail.filter((d) => d !== "").join("; "),
      byNs: late ? step : 0,
    });
  }
  return out;
}

function delayText(f: FenceRow, what: Happening, step: number, shift: number): string {
  const start = `fence ${f.fence} ${told[what]}`;
  if (shift === 0) return `${start} on time again`;
  return `${start} ${us(step)} than expected${shift === step ? "" : ` (${us(shift)} in all)`}`;
}

interface Point {
  readonly pair: FencePair;
  readonly what: Happening;
  readonly time: number;
}

/** What happens to the paired fences on both sides, in expected order. */
function inTime(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
  pairs: readonly FencePair[],
): Point[] {
  const points: Point[] = [];
  for (const pair of pairs) {
    for (const what of happenings) {
      const time = expected[pair.expected][what];
      if (time < 0 || actual[pair.actual][what] < 0) continue;
      if (what === "signalled" && pair.moved) continue;
      points.push({ pair, what, time });
    }
  }
  return points.sort((a, b) => a.time - b.time);
}

/** Tells a stage's change of duration once, where it begins. */
class StageShifts {
  private readonly shifts = new Map<string, number>();

  /** True where the completion goes through other stages. */
  otherWay(x: FenceRow, y: FenceRow): boolean {
    return names(x) !== names(y);
  }

  /** What changes with this fence, null for nothing. */
  change(x: FenceRow, y: FenceRow): string | null {
    if (this.otherWay(x, y)) return `is completed through ${names(y)}, expected ${names(x)}`;
    const parts: string[] = [];
    x.stages.forEach(([name, ns], i) => {
      const shift = y.stages[i][1] - ns;
      if (shift === (this.shifts.get(name) ?? 0)) return;
      this.shifts.set(name, shift);
      const more = shift === 0 ? "as long as expected again" : us(shift, "longer", "shorter");
      parts.push(`${name.replace("_", " ")} takes ${more}`);
    });
    return parts.length === 0 ? null : parts.join(", ");
  }
}

function names(f: FenceRow): string {
  return f.stages.length === 0 ? "no interrupt" : f.stages.map(([name]) => name).join(" > ");
}
