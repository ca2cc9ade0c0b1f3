// What a typed difference is made of.

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

  at(expected: number, actual: number, tExpected: number, tActual: number, what: string): void {
    const shift = tActual - tExpected;
    if (shift === this.shift) return;
    const step = shift - this.shift;
    this.shift = shift;
    this.out.push({
      kind: "delayed",
      section: this.section,
      expected,
      actual,
      time: tActual,
      detail: `${what} ${us(step)} than expected${shift === step ? "" : ` (${us(shift)} in all)`}`,
      byNs: step,
    });
  }
}
