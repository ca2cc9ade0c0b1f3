// Differences of register accesses, aligned by register, direction and occurrence.

import type { RegisterRow } from "../golden/model.ts";
import { alignKeys } from "./align.ts";
import { type Difference, type DifferenceKind, Drift, type Edit, us } from "./difference.ts";
import { alignSequences } from "./windows.ts";

const accessKey = (r: RegisterRow): string => `${r.direction} ${r.register}`;
const fullKey = (r: RegisterRow): string => `${r.direction} ${r.register} ${r.value} ${r.context}`;

/** What `fullKey` compares, without making it. */
function same(x: RegisterRow, y: RegisterRow): boolean {
  return (
    x.value === y.value &&
    x.register === y.register &&
    x.context === y.context &&
    x.direction === y.direction
  );
}

export function diffRegisters(
  expected: readonly RegisterRow[],
  actual: readonly RegisterRow[],
): Difference[] {
  const out: Difference[] = [];
  const { left, right } = alignSequences({
    leftLength: expected.length,
    rightLength: actual.length,
    equal: (i, j) => same(expected[i], actual[j]),
    leftKey: (i) => fullKey(expected[i]),
    rightKey: (j) => fullKey(actual[j]),
  });
  pairWithinGaps(expected, actual, left, right);
  pairMoved(expected, actual, left, right, out);
  const drift = new Drift("registers", out);
  const add = (kind: DifferenceKind, e: number, a: number, edit: Edit, detail: string): void => {
    const time = a >= 0 ? actual[a].time : expected[e].time;
    const byNs = 0;
    out.push({ kind, section: "registers", expected: e, actual: a, time, detail, byNs, edit });
  };
  const set = (fields: Partial<RegisterRow>): Edit => ({ op: "set", fields });
  for (let e = 0; e < expected.length; e++) {
    const x = expected[e];
    const a = left[e];
    if (a === -1) {
      const detail = `${accessKey(x)} ${value(x)} by ${x.context} does not happen`;
      add("missing", e, -1, { op: "remove" }, detail);
      continue;
    }
    if (a < 0) continue;
    const y = actual[a];
    if (x.value !== y.value) {
      const edit = set({ value: y.value, fields: y.fields });
      add("other value", e, a, edit, `${accessKey(x)} is ${value(y)}, expected ${value(x)}`);
    }
    if (x.context !== y.context) {
      const detail = `${accessKey(x)} by ${y.context}, expected ${x.context}`;
      add("other context", e, a, set({ context: y.context }), detail);
    }
    drift.at(e, a, x.time, y.time, () => `${accessKey(y)} happens`);
  }
  for (let a = 0; a < actual.length; a++) {
    if (right[a] !== -1) continue;
    const y = actual[a];
    const detail = `${accessKey(y)} ${value(y)} by ${y.context} is not expected`;
    add("extra", -1, a, { op: "insert", row: y }, detail);
  }
  return out;
}

function value(r: RegisterRow): string {
  return r.value === "-" ? "(address)" : `0x${r.value}${r.fields === "" ? "" : ` (${r.fields})`}`;
}

/** Between two aligned accesses, the same access with another value or context is one difference. */
function pairWithinGaps(
  expected: readonly RegisterRow[],
  actual: readonly RegisterRow[],
  left: Int32Array,
  right: Int32Array,
): void {
  let e = 0;
  let a = 0;
  while (e < left.length) {
    if (left[e] >= 0) {
      a = left[e] + 1;
      e++;
      continue;
    }
    let eEnd = e;
    while (eEnd < left.length && left[eEnd] < 0) eEnd++;
    let aEnd = a;
    while (aEnd < right.length && right[aEnd] < 0) aEnd++;
    const gap = alignKeys(
      expected.slice(e, eEnd).map(accessKey),
      actual.slice(a, aEnd).map(accessKey),
    );
    for (let i = 0; i < gap.left.length; i++) {
      if (gap.left[i] < 0) continue;
      left[e + i] = a + gap.left[i];
      right[a + gap.left[i]] = e + i;
    }
    e = eEnd;
  }
}

/** Aligned accesses that a moved one goes past at most: farther away it is another access. */
const crossedMax = 64;

/** What is missing here and extra not far away has moved. Moved pairs are marked -2. */
function pairMoved(
  expected: readonly RegisterRow[],
  actual: readonly RegisterRow[],
  left: Int32Array,
  right: Int32Array,
  out: Difference[],
): void {
  const missing = unpaired(expected, left);
  const extra = unpaired(actual, right);
  for (const [key, from] of missing) {
    const to = extra.get(key);
    if (to === undefined) continue;
    let i = 0;
    let j = 0;
    while (i < from.length && j < to.length) {
      const apart = to[j].rank - from[i].rank;
      if (apart > crossedMax) i++;
      else if (apart < -crossedMax) j++;
      else move(expected, actual, from[i++].row, to[j++].row, left, right, out);
    }
  }
}

interface Unpaired {
  readonly row: number;
  /** How many aligned rows lie before it: a place that both sides know. */
  readonly rank: number;
}

function unpaired(rows: readonly RegisterRow[], partner: Int32Array): Map<string, Unpaired[]> {
  const out = new Map<string, Unpaired[]>();
  let rank = 0;
  for (let row = 0; row < partner.length; row++) {
    if (partner[row] >= 0) {
      rank++;
      continue;
    }
    const key = fullKey(rows[row]);
    const list = out.get(key);
    if (list === undefined) out.set(key, [{ row, rank }]);
    else list.push({ row, rank });
  }
  return out;
}

function move(
  expected: readonly RegisterRow[],
  actual: readonly RegisterRow[],
  e: number,
  a: number,
  left: Int32Array,
  right: Int32Array,
  out: Difference[],
): void {
  left[e] = -2;
  right[a] = -2;
  const x = expected[e];
  const y = actual[a];
  const by = y.time - x.time;
  const when = by === 0 ? "at the same time" : us(by);
  out.push({
    kind: "moved",
    section: "registers",
    expected: e,
    actual: a,
    time: y.time,
    detail: `${accessKey(x)} ${value(x)} by ${x.context} happens ${when}, in another order`,
    byNs: by,
    edit: { op: "move", row: y },
  });
}
