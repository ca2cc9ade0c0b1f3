// Aligns two long sequences that mostly agree. They are compared in step without making keys; where
// they part, a window is aligned exactly, and grows until both sides run together again. Linear in
// practice: what costs is the size of the differences, not that of the sequences.

import { type Alignment, alignKeys } from "./align.ts";

/** Two sequences by index: whether elements stand for each other, and their keys. */
export interface Sequences {
  readonly leftLength: number;
  readonly rightLength: number;
  equal(i: number, j: number): boolean;
  leftKey(i: number): string;
  rightKey(j: number): string;
}

const windowStart = 32;
const windowGrowth = 4;
/** So many equal elements in a row are agreement again. */
const runLength = 12;

/** Aligns the sequences. The same pairs when they are swapped. */
export function alignSequences(s: Sequences): Alignment {
  const { leftLength: n, rightLength: m } = s;
  const left = new Int32Array(n).fill(-1);
  const right = new Int32Array(m).fill(-1);
  let matched = 0;
  const pair = (i: number, j: number): void => {
    left[i] = j;
    right[j] = i;
    matched++;
  };
  let i = 0;
  let j = 0;
  while (i < n && j < m) {
    if (s.equal(i, j)) {
      pair(i++, j++);
      continue;
    }
    [i, j] = resume(s, i, j, pair);
  }
  return { left, right, matched };
}

/** Aligns windows from (i, j) on and pairs what agrees; returns where both are in step again. */
function resume(
  s: Sequences,
  i: number,
  j: number,
  pair: (i: number, j: number) => void,
): [number, number] {
  for (let size = windowStart; ; size *= windowGrowth) {
    const n = Math.min(size, s.leftLength - i);
    const m = Math.min(size, s.rightLength - j);
    const whole = i + n === s.leftLength && j + m === s.rightLength;
    const { left } = alignKeys(
      Array.from({ length: n }, (_, x) => s.leftKey(i + x)),
      Array.from({ length: m }, (_, y) => s.rightKey(j + y)),
    );
    const end = whole ? n : runEnd(left);
    if (end < 0) continue;
    let next = j;
    for (let x = 0; x < end; x++) {
      if (left[x] < 0) continue;
      pair(i + x, j + left[x]);
      next = j + left[x] + 1;
    }
    return whole ? [s.leftLength, s.rightLength] : [i + end, next];
  }
}

/** Behind the first `runLength` pairs in step, -1 where there are none. */
function runEnd(left: Int32Array): number {
  let run = 0;
  for (let x = 0; x < left.length; x++) {
    run = left[x] < 0 ? 0 : run > 0 && left[x] === left[x - 1] + 1 ? run + 1 : 1;
    if (run === runLength) return x + 1;
  }
  return -1;
}
