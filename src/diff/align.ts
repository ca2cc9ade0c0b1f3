// Aligns two sequences of symbols: which elements of one stand for which of the other.
// Common ends first; then symbols that occur once on both sides anchor (patience), and what lies
// between anchors goes to Myers' O(ND) with a bound. Linear in practice, exact on small gaps.

/** Pairs of equal elements, in order: `a[i]` of the left is `b[j]` of the right. */
export interface Alignment {
  /** For each left element the index of its partner, or -1. */
  readonly left: Int32Array;
  /** For each right element the index of its partner, or -1. */
  readonly right: Int32Array;
  readonly matched: number;
}

/** Above this many edits in one gap, the rest of the gap counts as replaced. */
const editsMax = 4000;

/** Interns keys of two sequences as the same small integers. */
export function internKeys(
  a: readonly string[],
  b: readonly string[],
): readonly [Int32Array, Int32Array] {
  const ids = new Map<string, number>();
  const intern = (keys: readonly string[]): Int32Array => {
    const out = new Int32Array(keys.length);
    for (let i = 0; i < keys.length; i++) {
      let id = ids.get(keys[i]);
      if (id === undefined) {
        id = ids.size;
        ids.set(keys[i], id);
      }
      out[i] = id;
    }
    return out;
  };
  return [intern(a), intern(b)];
}

/** Aligns two sequences of keys. Swapping the sequences gives the same pairs. */
export function alignKeys(a: readonly string[], b: readonly string[]): Alignment {
  if (!precedes(a, b)) {
    const { left, right, matched } = alignKeys(b, a);
    return { left: right, right: left, matched };
  }
  const [ka, kb] = internKeys(a, b);
  return align(ka, kb);
}

/** A fixed order of sequences: which of several best alignments is found depends on the order. */
function precedes(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return true;
}

/** Aligns two symbol sequences (symbols are small non-negative integers). */
export function align(a: Int32Array, b: Int32Array): Alignment {
  const left = new Int32Array(a.length).fill(-1);
  const right = new Int32Array(b.length).fill(-1);
  const pair = (i: number, j: number): void => {
    left[i] = j;
    right[j] = i;
  };
  alignRange(a, 0, a.length, b, 0, b.length, pair);
  let matched = 0;
  for (let i = 0; i < left.length; i++) if (left[i] >= 0) matched++;
  return { left, right, matched };
}

type Pair = (i: number, j: number) => void;

function alignRange(
  a: Int32Array,
  aLo: number,
  aHi: number,
  b: Int32Array,
  bLo: number,
  bHi: number,
  pair: Pair,
): void {
  while (aLo < aHi && bLo < bHi && a[aLo] === b[bLo]) pair(aLo++, bLo++);
  while (aLo < aHi && bLo < bHi && a[aHi - 1] === b[bHi - 1]) pair(--aHi, --bHi);
  if (aLo === aHi || bLo === bHi) return;
  const anchors = uniqueAnchors(a, aLo, aHi, b, bLo, bHi);
  if (anchors.length === 0) {
    myers(a, aLo, aHi, b, bLo, bHi, pair);
    return;
  }
  let i = aLo;
  let j = bLo;
  for (const [ai, bj] of anchors) {
    alignRange(a, i, ai, b, j, bj, pair);
    pair(ai, bj);
    i = ai + 1;
    j = bj + 1;
  }
  alignRange(a, i, aHi, b, j, bHi, pair);
}

/** Longest increasing run of pairs of symbols that occur exactly once on each side. */
function uniqueAnchors(
  a: Int32Array,
  aLo: number,
  aHi: number,
  b: Int32Array,
  bLo: number,
  bHi: number,
): (readonly [number, number])[] {
  const seen = new Map<number, { a: number; b: number }>();
  for (let i = aLo; i < aHi; i++) {
    const s = seen.get(a[i]);
    if (s === undefined) seen.set(a[i], { a: i, b: -1 });
    else s.a = -2;
  }
  for (let j = bLo; j < bHi; j++) {
    const s = seen.get(b[j]);
    if (s !== undefined) s.b = s.b === -1 ? j : -2;
  }
  const pairs: { a: number; b: number; prev: number }[] = [];
  for (const s of seen.values()) if (s.a >= 0 && s.b >= 0) pairs.push({ ...s, prev: -1 });
  pairs.sort((x, y) => x.a - y.a);
  // Longest increasing subsequence over b (patience piles).
  const piles: number[] = [];
  for (let p = 0; p < pairs.length; p++) {
    let lo = 0;
    let hi = piles.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (pairs[piles[mid]].b < pairs[p].b) lo = mid + 1;
      else hi = mid;
    }
    pairs[p].prev = lo > 0 ? piles[lo - 1] : -1;
    piles[lo] = p;
  }
  const out: (readonly [number, number])[] = [];
  for (let p = piles.length > 0 ? piles[piles.length - 1] : -1; p >= 0; p = pairs[p].prev) {
    out.push([pairs[p].a, pairs[p].b]);
  }
  return out.reverse();
}

/** Myers' greedy algorithm on a gap; gives up (no pairs) beyond `editsMax` edits. */
function myers(
  a: Int32Array,
  aLo: number,
  aHi: number,
  b: Int32Array,
  bLo: number,
  bHi: number,
  pair: Pair,
): void {
  const n = aHi - aLo;
  const m = bHi - bLo;
  const max = Math.min(n + m, editsMax);
  const offset = max + 1;
  const v = new Int32Array(2 * max + 3);
  const trail: Int32Array[] = [];
  for (let d = 0; d <= max; d++) {
    trail.push(v.slice(offset - d - 1, offset + d + 2));
    for (let k = -d; k <= d; k += 2) {
      let x =
        k === -d || (k !== d && v[offset + k - 1] < v[offset + k + 1])
          ? v[offset + k + 1]
          : v[offset + k - 1] + 1;
      let y = x - k;
      while (x < n && y < m && a[aLo + x] === b[bLo + y]) {
        x++;
        y++;
      }
      v[offset + k] = x;
      if (x >= n && y >= m) {
        backtrack(trail, d, n, m, (x0, y0) => pair(aLo + x0, bLo + y0));
        return;
      }
    }
  }
  greedy(a, aLo, aHi, b, bLo, bHi, pair);
}

function backtrack(trail: Int32Array[], d: number, n: number, m: number, pair: Pair): void {
  let x = n;
  let y = m;
  for (let step = d; step > 0; step--) {
    const v = trail[step];
    const at = (k: number): number => v[k + step + 1];
    const k = x - y;
    const prevK = k === -step || (k !== step && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
    const prevX = at(prevK);
    const prevY = prevX - prevK;
    while (x > prevX && y > prevY) pair(--x, --y);
    x = prevX;
    y = prevY;
  }
  while (x > 0 && y > 0) pair(--x, --y);
}

/** Too different for an exact answer: pairs each element with its next occurrence, in order. */
function greedy(
  a: Int32Array,
  aLo: number,
  aHi: number,
  b: Int32Array,
  bLo: number,
  bHi: number,
  pair: Pair,
): void {
  const places = new Map<number, number[]>();
  for (let j = bHi - 1; j >= bLo; j--) {
    const list = places.get(b[j]);
    if (list === undefined) places.set(b[j], [j]);
    else list.push(j);
  }
  let next = bLo;
  for (let i = aLo; i < aHi; i++) {
    const list = places.get(a[i]);
    if (list === undefined) continue;
    while (list.length > 0 && list[list.length - 1] < next) list.pop();
    const j = list[list.length - 1];
    // A far jump would cost more pairs than it gains.
    if (j === undefined || j - next > 64) continue;
    pair(i, j);
    next = j + 1;
  }
}
