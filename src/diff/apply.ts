// Applies a typed difference: the expected side with it becomes the actual one. That it does is what
// makes sure that a difference leaves nothing out.

import type { FenceRow, Golden, LogRow, RegisterRow } from "../golden/model.ts";
import type { Difference, ShiftEdit } from "./difference.ts";
import { inTime } from "./fence-times.ts";

/** `expected` with `differences` applied. The CPU of accesses, which is not compared, stays. */
export function applyDifference(expected: Golden, differences: readonly Difference[]): Golden {
  const of = (section: Difference["section"]): Difference[] =>
    differences.filter((d) => d.section === section);
  return {
    header: expected.header,
    fences: applyToFences(expected.fences, of("fences")),
    registers: applyInOrder<RegisterRow>(expected.registers, of("registers")),
    log: applyInOrder<LogRow>(expected.log, of("log")),
  };
}

/** Rows whose times drift as one: register accesses, log lines. */
function applyInOrder<R extends RegisterRow | LogRow>(
  rows: readonly R[],
  differences: readonly Difference[],
): R[] {
  const edits = new RowEdits<R>(differences);
  const shifts = new Map(edits.shifts.map((s) => [s.row, s.byNs]));
  let shift = 0;
  const kept: R[] = [];
  rows.forEach((row, i) => {
    if (edits.gone.has(i)) return;
    shift = shifts.get(i) ?? shift;
    kept.push({ ...row, ...edits.set.get(i), time: row.time + shift });
  });
  return edits.place(kept);
}

function applyToFences(rows: readonly FenceRow[], differences: readonly Difference[]): FenceRow[] {
  const edits = new RowEdits<FenceRow>(differences);
  const set = rows.map((row, i): FenceRow => ({ ...row, ...edits.set.get(i) }));
  const timed = shiftTimes(rows, set, edits);
  const kept = timed.filter((_, i) => !edits.gone.has(i));
  // A fence created elsewhere has its other differences too.
  for (const { from, to } of edits.moves) edits.inserts.set(to, timed[from]);
  return edits.place(kept);
}

/** Follows the shifts of each happening and of each stage along the expected order. */
function shiftTimes(
  rows: readonly FenceRow[],
  set: readonly FenceRow[],
  edits: RowEdits<FenceRow>,
): FenceRow[] {
  const out = set.map((row): { -readonly [K in keyof FenceRow]: FenceRow[K] } => ({ ...row }));
  const points = new Map<string, number>();
  for (const { row, what, byNs } of edits.shifts) points.set(`${row} ${what}`, byNs);
  const shifts = new Map<string, number>();
  const follow = (row: number, what: string): number => {
    const at = points.get(`${row} ${what}`) ?? shifts.get(what) ?? 0;
    shifts.set(what, at);
    return at;
  };
  const pairs = rows.flatMap((_, i) =>
    edits.removed.has(i)
      ? []
      : [{ expected: i, actual: i, moved: rows[i].signalled >= 0 && has(edits, i, "signalled") }],
  );
  for (const { pair, what } of inTime(rows, set, pairs)) {
    const i = pair.expected;
    out[i][what] = rows[i][what] + follow(i, what);
    if (what !== "signalled" || has(edits, i, "stages")) continue;
    out[i].stages = rows[i].stages.map(([n, ns]) => [n, ns + follow(i, `stage ${n}`)] as const);
  }
  return out;
}

function has(edits: RowEdits<FenceRow>, row: number, field: keyof FenceRow): boolean {
  return edits.set.get(row)?.[field] !== undefined;
}

/** The edits of one section by what they do. */
class RowEdits<R> {
  /** Rows that are nowhere any more. */
  readonly removed = new Set<number>();
  /** Rows that leave their place: removed or moved. */
  readonly gone = new Set<number>();
  readonly moves: { readonly from: number; readonly to: number }[] = [];
  /** Rows by the place where they come. */
  readonly inserts = new Map<number, R>();
  readonly set = new Map<number, Partial<R>>();
  readonly shifts: ShiftEdit[] = [];

  constructor(differences: readonly Difference[]) {
    for (const { edit, expected, actual } of differences) {
      switch (edit.op) {
        case "remove":
          this.removed.add(expected);
          this.gone.add(expected);
          break;
        case "insert":
          this.inserts.set(actual, edit.row as R);
          break;
        case "move":
          this.gone.add(expected);
          this.moves.push({ from: expected, to: actual });
          this.inserts.set(actual, edit.row as R);
          break;
        case "set":
          this.set.set(expected, { ...this.set.get(expected), ...(edit.fields as Partial<R>) });
          break;
        case "shift":
          this.shifts.push(...edit.shifts);
          break;
      }
    }
  }

  /** Inserted rows at their places, the others in order around them. */
  place(kept: readonly R[]): R[] {
    const out: R[] = [];
    let next = 0;
    const length = kept.length + this.inserts.size;
    for (let i = 0; i < length; i++) out.push(this.inserts.get(i) ?? kept[next++]);
    return out;
  }
}
