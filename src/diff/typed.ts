// The typed difference of two goldens (or of a golden and a replay): by meaning, not by line.
// Fences are aligned by context:seqno, register accesses by register, direction and occurrence.
// A constant shift is one difference where it begins, not one for every entry behind it.

import type { FenceRow, Golden, LogRow, RegisterRow } from "../golden/model.ts";
import { align, internKeys } from "./align.ts";

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

export interface GoldenDifference {
  readonly differences: readonly Difference[];
  /** Count by kind, in the order of `differenceKinds`. */
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  /** The earliest difference, null when the goldens agree. */
  readonly first: Difference | null;
}

/** Compares `actual` against `expected`. Headers are not compared. */
export function diffGoldens(expected: Golden, actual: Golden): GoldenDifference {
  const differences = [
    ...diffFences(expected.fences, actual.fences),
    ...diffRegisters(expected.registers, actual.registers),
    ...diffLog(expected.log, actual.log),
  ];
  differences.sort((a, b) => a.time - b.time);
  const counts = Object.fromEntries(differenceKinds.map((k) => [k, 0])) as Record<
    DifferenceKind,
    number
  >;
  for (const d of differences) counts[d.kind]++;
  return { differences, counts, first: differences[0] ?? null };
}

function us(ns: number): string {
  return `${(Math.abs(ns) / 1000).toFixed(3)} us ${ns < 0 ? "earlier" : "later"}`;
}

/** Emits a `delayed` difference only where the shift against the expected side changes. */
class Drift {
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

function diffFences(expected: readonly FenceRow[], actual: readonly FenceRow[]): Difference[] {
  const out: Difference[] = [];
  const byName = new Map(actual.map((f, i) => [f.fence, i]));
  const drift = new Drift("fences", out);
  const add = (kind: DifferenceKind, e: number, a: number, time: number, detail: string): void => {
    out.push({ kind, section: "fences", expected: e, actual: a, time, detail, byNs: 0 });
  };
  const matched = new Set<number>();
  for (let e = 0; e < expected.length; e++) {
    const x = expected[e];
    const a = byName.get(x.fence);
    if (a === undefined) {
      add("missing", e, -1, x.init, `fence ${x.fence} ${x.timeline} is not created`);
      continue;
    }
    matched.add(a);
    const y = actual[a];
    if (x.driver !== y.driver || x.timeline !== y.timeline) {
      add(
        "other value",
        e,
        a,
        y.init,
        `fence ${x.fence} belongs to ${y.driver} ${y.timeline}, expected ${x.driver} ${x.timeline}`,
      );
    }
    if (x.signalled >= 0 && y.signalled < 0) {
      add("missing", e, a, x.signalled, `fence ${x.fence} is never signalled`);
      continue;
    }
    if (x.signalled < 0 && y.signalled >= 0) {
      add("extra", e, a, y.signalled, `fence ${x.fence} is signalled, expected to stay pending`);
      continue;
    }
    if (x.signalled < 0) continue;
    if (x.error !== y.error) {
      add(
        "other error",
        e,
        a,
        y.signalled,
        `fence ${x.fence} has error ${y.error}, expected ${x.error}`,
      );
    }
    if (x.by !== y.by || x.path.join() !== y.path.join()) {
      add(
        "other context",
        e,
        a,
        y.signalled,
        `fence ${x.fence} is signalled by ${whoDiffers(y, x)}, expected ${whoDiffers(x, y)}`,
      );
    }
  }
  for (let a = 0; a < actual.length; a++) {
    if (matched.has(a)) continue;
    const y = actual[a];
    add("extra", -1, a, y.init, `fence ${y.fence} ${y.timeline} is created, none expected`);
  }
  diffSignalOrder(expected, actual, byName, out, drift);
  return out;
}

/** Who signalled a fence and led there, nearest first. */
function who(f: FenceRow): string[] {
  return [f.by, ...f.path.filter((p, i) => i > 0 || p !== f.by)];
}

/** The part of `f`'s path up to where it joins that of `other`. */
function whoDiffers(f: FenceRow, other: FenceRow): string {
  const path = who(f);
  const rest = who(other);
  while (path.length > 1 && rest.length > 1 && path.at(-1) === rest.at(-1)) {
    path.pop();
    rest.pop();
  }
  return path.join(" < ");
}

/** Fences signalled in another order are moved; the others carry the drift. */
function diffSignalOrder(
  expected: readonly FenceRow[],
  actual: readonly FenceRow[],
  byName: ReadonlyMap<string, number>,
  out: Difference[],
  drift: Drift,
): void {
  const bySignal = (rows: readonly FenceRow[]): number[] =>
    rows
      .map((_, i) => i)
      .filter((i) => rows[i].signalled >= 0)
      .sort((p, q) => rows[p].signalled - rows[q].signalled || p - q);
  const eOrder = bySignal(expected).filter((e) => {
    const a = byName.get(expected[e].fence);
    return a !== undefined && actual[a].signalled >= 0;
  });
  const names = new Set(eOrder.map((e) => expected[e].fence));
  const aOrder = bySignal(actual).filter((a) => names.has(actual[a].fence));
  const [ka, kb] = internKeys(
    eOrder.map((e) => expected[e].fence),
    aOrder.map((a) => actual[a].fence),
  );
  const { left } = align(ka, kb);
  for (let i = 0; i < eOrder.length; i++) {
    const e = eOrder[i];
    const a = byName.get(expected[e].fence)!;
    const x = expected[e];
    const y = actual[a];
    if (left[i] < 0) {
      out.push({
        kind: "moved",
        section: "fences",
        expected: e,
        actual: a,
        time: y.signalled,
        detail: `fence ${x.fence} is signalled in another order (${us(y.signalled - x.signalled)})`,
        byNs: y.signalled - x.signalled,
      });
    } else drift.at(e, a, x.signalled, y.signalled, `fence ${x.fence} is signalled`);
  }
}

const accessKey = (r: RegisterRow): string => `${r.direction} ${r.register}`;
const fullKey = (r: RegisterRow): string => `${r.direction} ${r.register} ${r.value} ${r.context}`;

function diffRegisters(
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

function diffLog(expected: readonly LogRow[], actual: readonly LogRow[]): Difference[] {
  const key = (l: LogRow): string => `${l.level} ${l.text}`;
  const [ka, kb] = internKeys(expected.map(key), actual.map(key));
  const { left, right } = align(ka, kb);
  const out: Difference[] = [];
  for (let e = 0; e < left.length; e++) {
    if (left[e] >= 0) continue;
    const { time, text } = expected[e];
    const detail = `the kernel does not log: ${text}`;
    out.push({ kind: "missing", section: "log", expected: e, actual: -1, time, detail, byNs: 0 });
  }
  for (let a = 0; a < right.length; a++) {
    if (right[a] >= 0) continue;
    const { time, text } = actual[a];
    const detail = `the kernel logs: ${text}`;
    out.push({ kind: "extra", section: "log", expected: -1, actual: a, time, detail, byNs: 0 });
  }
  return out;
}
