// What a typed difference is made of: what differs, told for a person, and the edit that turns the
// expected side's row into the actual one's, so that nothing of the difference is only told.

import type { FenceRow, LogRow, RegisterRow } from "../golden/model.ts";

export const differenceKinds = [
  "missing",
  "extra",
  "moved",
  "other value",
  "other context",
  "other error",
  "delayed",
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

export type Section = "fences" | "registers" | "log";
export type Row = FenceRow | RegisterRow | LogRow;

/** From expected row `row` on, `what` is `byNs` later than on the expected side. */
export interface ShiftEdit {
  readonly row: number;
  /** A time of a fence, `stage NAME`, or `time` of a register access or a log line. */
  readonly what: string;
  readonly byNs: number;
}

/** How the expected side becomes the actual one. Rows are those of the difference. */
export type Edit =
  | { readonly op: "remove" }
  | { readonly op: "insert"; readonly row: Row }
  /** The row leaves its place; `row` comes at the actual place. */
  | { readonly op: "move"; readonly row: Row }
  | { readonly op: "set"; readonly fields: Partial<FenceRow & RegisterRow & LogRow> }
  | { readonly op: "shift"; readonly shifts: readonly ShiftEdit[] };

export interface Difference {
  readonly kind: DifferenceKind;
  readonly section: Section;
  /** Row of the expected side, -1 when extra. */
  readonly expected: number;
  /** Row of the actual side, -1 when missing. */
  readonly actual: number;
  /** Time of the entry, ns (actual side where there is one). */
  readonly time: number;
  /** What differs, for a person: `signalled 31.000 us later`. */
  readonly detail: string;
  /** For `delayed`: by how much, ns. */
  readonly byNs: number;
  readonly edit: Edit;
}

/** How much later or earlier, for a person. */
export function us(ns: number, more = "later", less = "earlier"): string {
  return `${(Math.abs(ns) / 1000).toFixed(3)} us ${ns < 0 ? less : more}`;
}

/** Emits a `delayed` difference only where the shift against the expected side changes. */
export class Drift {
  private shift = 0;
  constructor(
    private readonly section: Section,
    private readonly out: Difference[],
  ) {}

  at(
    expected: number,
    actual: number,
    tExpected: number,
    tActual: number,
    what: () => string,
  ): void {
    const shift = tActual - tExpected;
    if (shift === this.shift) return;
    const step = shift - this.shift;
    this.shift = shift;
    const all = shift === step ? "" : ` (${us(shift)} in all)`;
    this.out.push({
      kind: "delayed",
      section: this.section,
      expected,
      actual,
      time: tActual,
      detail: `${what()} ${us(step)} than expected${all}`,
      byNs: step,
      edit: { op: "shift", shifts: [{ row: expected, what: "time", byNs: shift }] },
    });
  }
}
