// Binary search for the step at which something turns bad, with steps that cannot be judged.

export type Judgement = "good" | "bad" | "skip";

export interface SearchResult {
  /**
   * The steps of which one is the first bad one: [after, upTo]. `after` was judged good, `upTo` bad,
   * and what lies between could not be judged; usually nothing does. null: no end to search between.
   */
  readonly between: { readonly after: number; readonly upTo: number } | null;
  readonly judged: ReadonlyMap<number, Judgement>;
}

/** Searches (good, bad]; judges each step at most once, and the two ends first. */
export function searchFirstBad(
  good: number,
  bad: number,
  judge: (step: number) => Judgement,
): SearchResult {
  const judged = new Map<number, Judgement>();
  const at = (step: number): Judgement => {
    const known = judged.get(step);
    if (known !== undefined) return known;
    const judgement = judge(step);
    judged.set(step, judgement);
    return judgement;
  };
  if (at(good) !== "good" || at(bad) !== "bad") return { between: null, judged };
  let lo = good;
  let hi = bad;
  for (;;) {
    const step = nearestToMiddle(lo, hi).find((s) => at(s) !== "skip");
    if (step === undefined) return { between: { after: lo, upTo: hi }, judged };
    if (at(step) === "bad") hi = step;
    else lo = step;
  }
}

/** The steps strictly between, the middle first, then ever farther from it. */
function nearestToMiddle(lo: number, hi: number): number[] {
  const middle = (lo + hi) / 2;
  return Array.from({ length: Math.max(0, hi - lo - 1) }, (_, i) => lo + 1 + i).sort(
    (a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b,
  );
}
