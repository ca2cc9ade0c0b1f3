// Binary search for the step at which something turns bad, with steps that cannot be judged. What is
// asked next depends on answers alone; other hands only work ahead, on what may be asked next. So
// the answer is the same however many there are.

export type Judgement = "good" | "bad" | "skip";

export interface SearchResult {
  /**
   * The steps of which one is the first bad one: [after, upTo]. `after` was judged good, `upTo` bad,
   * and what lies between could not be judged; usually nothing does. null: no end to search between.
   */
  readonly between: { readonly after: number; readonly upTo: number } | null;
  /** What was asked, in that order. */
  readonly judged: ReadonlyMap<number, Judgement>;
}

export interface SearchOptions {
  /** Judges a step. Asked several times for one step; the caller remembers. */
  readonly judge: (step: number) => Judgement | Promise<Judgement>;
  /** Steps that are judged at the same time, now. */
  readonly hands?: () => number;
}

/** Searches (good, bad], the two ends first. */
export async function searchFirstBad(
  good: number,
  bad: number,
  { judge, hands = () => 1 }: SearchOptions,
): Promise<SearchResult> {
  const judged = new Map<number, Judgement>();
  const at = async (step: number): Promise<Judgement> => {
    const judgement = judged.get(step) ?? (await judge(step));
    judged.set(step, judgement);
    return judgement;
  };
  const ahead = (steps: (count: number) => readonly number[]): void => {
    const count = hands();
    if (count < 2) return;
    for (const step of steps(count).slice(0, count)) {
      void Promise.resolve(judge(step)).catch(() => {});
    }
  };
  ahead((count) => [good, bad, ...likely(good, bad, count, () => false)]);
  const ends = [await at(good), await at(bad)];
  if (ends[0] !== "good" || ends[1] !== "bad") return { between: null, judged };
  let lo = good;
  let hi = bad;
  const skipped = (step: number): boolean => judged.get(step) === "skip";
  for (;;) {
    const step = nearestToMiddle(lo, hi).find((s) => !skipped(s));
    if (step === undefined) return { between: { after: lo, upTo: hi }, judged };
    ahead((count) => likely(lo, hi, count, skipped));
    const judgement = await at(step);
    if (judgement === "bad") hi = step;
    else if (judgement === "good") lo = step;
  }
}

/** What may be asked next, the likeliest first: each answer halves what is left. */
function likely(
  lo: number,
  hi: number,
  count: number,
  skipped: (step: number) => boolean,
): number[] {
  const out: number[] = [];
  const ranges: (readonly [number, number])[] = [[lo, hi]];
  for (const [from, to] of ranges) {
    if (out.length >= count) break;
    const step = nearestToMiddle(from, to).find((s) => !skipped(s));
    if (step === undefined) continue;
    out.push(step);
    ranges.push([from, step], [step, to]);
  }
  return out;
}

/** The steps strictly between, the middle first, then ever farther from it. */
function nearestToMiddle(lo: number, hi: number): number[] {
  const middle = (lo + hi) / 2;
  return Array.from({ length: Math.max(0, hi - lo - 1) }, (_, i) => lo + 1 + i).sort(
    (a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b,
  );
}
