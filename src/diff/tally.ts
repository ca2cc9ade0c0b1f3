// How many of each: what two replays have and what one has more of.

/** How many of something, most first. */
export interface Tally {
  readonly what: string;
  readonly count: number;
}

/** Accesses that go in one place and come in another have moved. */
export function withoutPairs(
  added: readonly Tally[],
  removed: readonly Tally[],
  moved: readonly Tally[],
) {
  const both = (what: string): number => Math.min(countOf(added, what), countOf(removed, what));
  const rest = (items: readonly Tally[]): Tally[] =>
    items
      .map(({ what, count }) => ({ what, count: count - both(what) }))
      .filter(({ count }) => count > 0)
      .sort(mostFirst);
  const pairs = added.map(({ what }) => ({ what, count: both(what) }));
  const here = pairs.map(({ what, count }) => ({ what, count: count + countOf(moved, what) }));
  const others = moved.filter(({ what }) => countOf(added, what) === 0);
  return {
    pairs: pairs.reduce((n, { count }) => n + count, 0),
    added: rest(added),
    removed: rest(removed),
    moved: [...here, ...others].filter(({ count }) => count > 0).sort(mostFirst),
  };
}

const mostFirst = (a: Tally, b: Tally): number => b.count - a.count;

const countOf = (items: readonly Tally[], what: string): number =>
  items.find((t) => t.what === what)?.count ?? 0;

export function tally(items: readonly string[]): Tally[] {
  const counts = new Map<string, number>();
  for (const what of items) counts.set(what, (counts.get(what) ?? 0) + 1);
  const out = [...counts].map(([what, count]) => ({ what, count }));
  return out.sort(mostFirst);
}

type Counts = Readonly<Record<string, number>>;

/** What a machine does all the time: how often says how long a replay took. */
const background: ReadonlySet<string> = new Set(["crng_reseed", "hr timer"]);

export const changes = (before: Counts, after: Counts) => ({
  added: more(before, after).filter(({ what }) => !background.has(what)),
  removed: more(after, before).filter(({ what }) => !background.has(what)),
});

/** What `b` has more of than `a`. */
function more(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Tally[] {
  return Object.entries(b)
    .map(([what, n]) => ({ what, count: n - (a[what] ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort(mostFirst);
}

/** What is left of `texts` when each of `others` takes one away. */
export function without(texts: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1);
  return texts.filter((text) => {
    const n = left.get(text) ?? 0;
    if (n > 0) left.set(text, n - 1);
    return n === 0;
  });
}
