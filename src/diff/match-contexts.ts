// Gives the fences of one side the numbers of the other. Fence contexts are numbered by the kernel as
// they are allocated, so another kernel, or another boot, has other numbers for the same queues.

import type { FenceRow, Golden } from "../golden/model.ts";

/** Context and first seqno on one side. */
interface ContextRows {
  readonly context: string;
  readonly signature: string;
  readonly firstSeqno: number;
  readonly rows: readonly FenceRow[];
}

export interface MatchedContexts {
  /** `actual` with its fences named as on the expected side. */
  readonly golden: Golden;
  /** Context numbers of the actual side that were renamed, with their new numbers. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Names of the expected side by the names of the actual one, where they differ. */
  readonly names: ReadonlyMap<string, string>;
}

/** Contexts whose fences agree by name, driver and timeline keep their numbers. */
const agreementMin = 0.9;

/** Renames the fences of `actual` where its numbering differs from that of `expected`. */
export function matchContexts(expected: Golden, actual: Golden): MatchedContexts {
  if (agreement(expected.fences, actual.fences) >= agreementMin) {
    return { golden: actual, renamed: new Map(), names: new Map() };
  }
  const ours = contextsOf(expected.fences);
  const theirs = contextsOf(actual.fences);
  const pairs = new Map<ContextRows, ContextRows>();
  // Where all handles are others by one, names that are the same are not the same queue's.
  const shifted = renumbered(ours, theirs);
  pairUp(ours, theirs, pairs, (c) => (shifted.has(pattern(c)) ? pattern(c) : c.signature));
  // The same names first; then the same names but for numbers (process ids, handles).
  pairUp(ours, theirs, pairs, pattern);
  const names = new Map<string, string>();
  const renamed = new Map<string, string>();
  const taken = new Set(ours.map(({ context }) => context));
  let free = Math.max(0, ...[...ours, ...theirs].map(({ context }) => Number(context))) + 1;
  for (const from of theirs) {
    const to = pairs.get(from);
    const context = to?.context ?? (taken.has(from.context) ? String(free++) : from.context);
    const shift = to === undefined ? 0 : to.firstSeqno - from.firstSeqno;
    if (context !== from.context) renamed.set(from.context, context);
    for (const { fence } of from.rows) names.set(fence, `${context}:${seqnoOf(fence) + shift}`);
  }
  const fences = actual.fences.map((f) => ({ ...f, fence: names.get(f.fence) ?? f.fence }));
  return { golden: { ...actual, fences }, renamed, names };
}

/** A name but for numbers. */
const pattern = ({ signature }: ContextRows): string => signature.replace(/\d+/g, "N");

/** Patterns that both sides have as many contexts of, of which not all have the same names. */
function renumbered(ours: readonly ContextRows[], theirs: readonly ContextRows[]): Set<string> {
  const namesOf = (side: readonly ContextRows[], p: string): string[] =>
    side.flatMap((c) => (pattern(c) === p ? [c.signature] : [])).sort();
  return new Set(
    [...new Set(ours.map(pattern))].filter((p) => {
      const [x, y] = [namesOf(ours, p), namesOf(theirs, p)];
      return x.length === y.length && x.join("\n") !== y.join("\n");
    }),
  );
}

/** Share of fences that are there on both sides by name, driver and timeline. */
function agreement(expected: readonly FenceRow[], actual: readonly FenceRow[]): number {
  const keys = new Set(expected.map((f) => `${f.fence} ${f.driver} ${f.timeline}`));
  const least = Math.min(expected.length, actual.length);
  if (least === 0) return 1;
  const same = actual.filter((f) => keys.has(`${f.fence} ${f.driver} ${f.timeline}`)).length;
  return same / least;
}

function contextsOf(fences: readonly FenceRow[]): ContextRows[] {
  const byContext = new Map<string, FenceRow[]>();
  for (const f of fences) {
    const context = f.fence.slice(0, f.fence.indexOf(":"));
    const rows = byContext.get(context);
    if (rows === undefined) byContext.set(context, [f]);
    else rows.push(f);
  }
  return [...byContext].map(([context, rows]) => ({
    context,
    // The scheduled and the finished fences of a queue have one name: only the latter are queued.
    signature: `${rows[0].driver} ${rows[0].timeline} ${rows.some((f) => f.queued >= 0)}`,
    firstSeqno: Math.min(...rows.slice(0, 1000).map(({ fence }) => seqnoOf(fence))),
    rows,
  }));
}

function seqnoOf(fence: string): number {
  return Number(fence.slice(fence.indexOf(":") + 1));
}

/** Pairs contexts of one key in order of appearance. */
function pairUp(
  ours: readonly ContextRows[],
  theirs: readonly ContextRows[],
  pairs: Map<ContextRows, ContextRows>,
  key: (c: ContextRows) => string,
): void {
  const taken = new Set(pairs.values());
  const waiting = new Map<string, ContextRows[]>();
  for (const c of ours) {
    if (taken.has(c)) continue;
    const list = waiting.get(key(c));
    if (list === undefined) waiting.set(key(c), [c]);
    else list.push(c);
  }
  for (const c of theirs) {
    if (pairs.has(c)) continue;
    const to = waiting.get(key(c))?.shift();
    if (to !== undefined) pairs.set(c, to);
  }
}
