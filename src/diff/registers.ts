// Differences of register accesses, aligned by register, direction and occurrence.

import type { RegisterRow } from "../golden/model.ts";
import { align, internKeys } from "./align.ts";
import { type Difference, type DifferenceKind, Drift, us } from "./difference.ts";

const accessKey = (r: RegisterRow): string => `${r.direction} ${r.register}`;
const fullKey = (r: RegisterRow): string => `${r.direction} ${r.register} ${r.value} ${r.context}`;

export function diffRegisters(
  expected: readonly RegisterRow[],
  actual: readonly RegisterRow[],
): Difference[] {
  const out: Difference[] = [];
  const [ka, kb] = internKeys(expected.map(fullKey), actual.map(fullKey));
  const { left, right } = align(ka, kb);
  pairWithinGaps(expected, actual, left, right);
  pairMoved(expected, actual, left, right, out);
  const drift = new Drift("registers", out);
  const add = (kind: DifferenceKind, e: number, a: number, detail: string): void => {
    const time = a >= 0 ? actual[a].time : expected[e].time;
    out.push({ kind, section: "registers", expected: e, actual: a, time, detail, byNs: 0 });
  };
  for (let e = 0; e < expected.length; e++) {
    const x = expected[e];
    const a = left[e];
    if (a === -1) {
      add("missing", e, -1, `${accessKey(x)} ${value(x)} by ${x.context} does not happen`);
      continue;
    }
    if (a < 0) continue;
    const y = actual[a];
    if (x.value !== y.value) {
      add("other value", e, a, `${accessKey(x)} is ${value(y)}, expected ${value(x)}`);
    }
    if (x.context !== y.context) {
      add("other context", e, a, `${accessKey(x)} by ${y.context}, expected ${x.context}`);
    }
    drift.at(e, a, x.time, y.time, `${accessKey(y)} happens`);
  }
  for (let a = 0; a < actual.length; a++) {
    if (right[a] !== -1) continue;
    const y = actual[a];
    add("extra", -1, a, `${accessKey(y)} ${value(y)} by ${y.context} is not expected`);
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
    const [ga, gb] = internKeys(
      expected.slice(e, eEnd).map(accessKey),
      actual.slice(a, aEnd).map(accessKey),
    );
    const gap = align(ga, gb);
    for (let i = 0; i < gap.left.length; i++) {
      if (gap.left[i] < 0) continue;
      left[e + i] = a + gap.left[i];
      right[a + gap.left[i]] = e + i;
    }
    e = eEnd;
  }
}

/** What is missing here and extra elsewhere has moved. Moved pairs are marked -2. */
function pairMoved(
  expected: readonly RegisterRow[],
  actual: readonly RegisterRow[],
  left: Int32Array,
  right: Int32Array,
  out: Difference[],
): void {
  const extra = new Map<string, number[]>();
  for (let a = 0; a < right.length; a++) {
    if (right[a] >= 0) continue;
    const key = fullKey(actual[a]);
    const list = extra.get(key);
    if (list === undefined) extra.set(key, [a]);
    else list.push(a);
  }
  const taken = new Map<string, number>();
  for (let e = 0; e < left.length; e++) {
    if (left[e] >= 0) continue;
    const x = expected[e];
    const key = fullKey(x);
    const list = extra.get(key);
    const n = taken.get(key) ?? 0;
    if (list === undefined || n >= list.length) continue;
    taken.set(key, n + 1);
    const a = list[n];
    left[e] = -2;
    right[a] = -2;
    const y = actual[a];
    out.push({
      kind: "moved",
      section: "registers",
      expected: e,
      actual: a,
      time: y.time,
      detail: `${accessKey(x)} ${value(x)} by ${x.context} happens ${us(y.time - x.time)}, in another order`,
      byNs: y.time - x.time,
    });
  }
}
