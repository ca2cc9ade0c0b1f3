// The typed difference of two goldens (or of a golden and a replay): by meaning, not by line.
// Fences are aligned by context:seqno, register accesses by register, direction and occurrence.
// A constant shift is one difference where it begins, not one for every entry behind it.

import type { Golden, LogRow } from "../golden/model.ts";
import { align, internKeys } from "./align.ts";
import { type Difference, type DifferenceKind, differenceKinds } from "./difference.ts";
import { diffFences } from "./fences.ts";
import { diffRegisters } from "./registers.ts";

export { type Difference, type DifferenceKind, differenceKinds } from "./difference.ts";

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
