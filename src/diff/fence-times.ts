// When the fences of two goldens are created, queued, run and signalled, and how long each stage of
// their completion takes. Each of these keeps its own shift, so that completions that are all late
// by the same time are one difference although submissions are on time.

import type { FenceRow } from "../golden/model.ts";
import { type Difference, type ShiftEdit, us } from "./difference.ts";

/** Fences that stand for each other, by row. */
export interface FencePair {
  readonly expected: number;
  readonly actual: number;
  /** Signalled in another order: told as such, not as a delay. */
  readonly moved: boolean;
}

export const happenings = ["init", "queued", "run", "signalled"] as const;
export type Happening = (typeof happenings)[number];

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
  let edits: ShiftEdit[] = [];
  for (const { pair, what } of inTime(expected, actual, pairs)) {
    const x = expected[pair.expected];
    const y = actual[pair.actual];
    const add = (
      kind: Difference["kind"],
      detail: string,
      byNs: number,
      edit: Difference["edit"],
    ): void => {
      const { expected: e, actual: a } = pair;
      const time = y[what];
      out.push({ kind, section: "fences", expected: e, actual: a, time, detail, byNs, edit });
    };
    const shift = y[what] - x[what];
    const step = shift - (shifts.get(what) ?? 0);
    shifts.set(what, shift);
    const late = step !== 0 && shift !== latest;
    const edit = { row: pair.expected, what, byNs: shift };
    // What follows by the same time is part of the difference that began it.
    if (step !== 0 && !late) edits.push(edit);
    if (what === "signalled" && otherWay(x, y) && !otherRoute(x, y)) {
      const detail = `fence ${x.fence} is completed through ${names(y)}, expected ${names(x)}`;
      add("other value", detail, 0, { op: "set", fields: { stages: y.stages } });
    }
    const changes = what === "signalled" ? stages.change(x, y, pair.expected) : [];
    if (!late && changes.length === 0) continue;
    if (late) latest = shift;
    edits = changes.map(({ edit: stageEdit }) => stageEdit);
    if (late) edits.push(edit);
    const parts = changes.map(({ text }) => text).join(", ");
    const delay = late ? delayText(x, what, step, shift) : `fence ${x.fence}`;
    const detail = parts === "" ? delay : `${delay}${late ? "; " : ": "}${parts}`;
    add("delayed", detail, late ? step : 0, { op: "shift", shifts: edits });
  }
  return out;
}

function delayText(f: FenceRow, what: Happening, step: number, shift: number): string {
  const start = `fence ${f.fence} ${told[what]}`;
  if (shift === 0) return `${start} on time again`;
  return `${start} ${us(step)} than expected${shift === step ? "" : ` (${us(shift)} in all)`}`;
}

export interface Point {
  readonly pair: FencePair;
  readonly what: Happening;
  readonly time: number;
}

/** What happens to the paired fences on both sides, in expected order. */
export function inTime(
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

  /** What changes with this fence; nothing where it is completed another way. */
  change(x: FenceRow, y: FenceRow, row: number): { text: string; edit: ShiftEdit }[] {
    if (otherWay(x, y)) return [];
    return x.stages.flatMap(([name, ns], i) => {
      const shift = y.stages[i][1] - ns;
      if (shift === (this.shifts.get(name) ?? 0)) return [];
      this.shifts.set(name, shift);
      const more = shift === 0 ? "as long as expected again" : us(shift, "longer", "shorter");
      const text = `${name.replace("_", " ")} takes ${more}`;
      return [{ text, edit: { row, what: `stage ${name}`, byNs: shift } }];
    });
  }
}

/** True where the completion goes through other stages. */
export function otherWay(x: FenceRow, y: FenceRow): boolean {
  return names(x) !== names(y);
}

/** True where others signalled the fence, or led there. */
export function otherRoute(x: FenceRow, y: FenceRow): boolean {
  return x.by !== y.by || x.path.join("\n") !== y.path.join("\n");
}

function names(f: FenceRow): string {
  return f.stages.length === 0 ? "no interrupt" : f.stages.map(([name]) => name).join(" > ");
}
