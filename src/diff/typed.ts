// The typed difference of two goldens (or of a golden and a replay): by meaning, not by line.
// Fences are aligned by context:seqno, register accesses by register, direction and occurrence.
// A constant shift is one difference where it begins, not one for every entry behind it.

import type { Golden } from "../golden/model.ts";
import { type Difference, type DifferenceKind, differenceKinds } from "./difference.ts";
import { diffFences } from "./fences.ts";
import { diffLog } from "./log.ts";
import { diffRegisters } from "./registers.ts";

export { type Difference, type DifferenceKind, differenceKinds } from "./difference.ts";

export interface GoldenDifference {
  readonly differences: readonly Difference[];
  /** Count by kind, in the order of `differenceKinds`. */
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  /** The earliest difference, null when the goldens agree. */
  readonly first: Difference | null;
}

/**
 * Compares `actual` against `expected`. Headers are not compared, nor the CPU of a register access
 * and what its value decodes to.
 */
export function diffGoldens(expected: Golden, actual: Golden): GoldenDifference {
  const differences = diffFences(expected.fences, actual.fences);
  for (const d of diffRegisters(expected.registers, actual.registers)) differences.push(d);
  for (const d of diffLog(expected.log, actual.log)) differences.push(d);
  differences.sort((a, b) => a.time - b.time);
  const counts = Object.fromEntries(differenceKinds.map((k) => [k, 0])) as Record<
    DifferenceKind,
    number
  >;
  for (const d of differences) counts[d.kind]++;
  return { differences, counts, first: differences[0] ?? null };
}

/**
 * What a report begins with: the first difference of what happens, or where only times differ the
 * first of those. Null when the goldens agree.
 */
export function firstDivergence({ differences, first }: GoldenDifference): Difference | null {
  return differences.find((d) => d.kind !== "delayed") ?? first;
}
