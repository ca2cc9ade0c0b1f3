// The difference of two goldens in what the trace promises. Aspects are masked already
// (src/golden/incidental.ts); here rows without a promised time are left out of the comparison of
// times, and rows without a promised mutual order are put into one and the same order.

import {
  type Declarations,
  declarationsOf,
  fenceMatcher,
  maskGolden,
  registerMatcher,
  type UnorderedDeclaration,
} from "../golden/incidental.ts";
import type { FenceRow, Golden, RegisterRow } from "../golden/model.ts";
import { type Difference, type DifferenceKind, differenceKinds, us } from "./difference.ts";
import { diffGoldens, type GoldenDifference } from "./typed.ts";

export interface PromisedDifference {
  readonly diff: GoldenDifference;
  /** Entries of the actual side whose order each declaration leaves open. */
  readonly reordered: readonly number[];
}

/** Compares masked goldens. */
export function diffPromised(
  expected: Golden,
  actual: Golden,
  { unordered }: Pick<Declarations, "unordered">,
): PromisedDifference {
  const e = settle(expected, unordered);
  const a = settle(actual, unordered);
  const reordered = unordered.map((_, i) => a.counts[i] || e.counts[i]);
  if (!e.open && !a.open) return { diff: diffGoldens(expected, actual), reordered };
  const structure = diffGoldens(e.structure, a.structure).differences.flatMap((d) =>
    isOfTimes(d) ? [] : [{ ...d, ...rowsOf(d, e.registers, a.registers) }],
  );
  const names = new Set([...e.looseFences, ...a.looseFences]);
  const te = timed(expected, e.looseRegisters, names);
  const ta = timed(actual, a.looseRegisters, names);
  const times = diffGoldens(te.golden, ta.golden).differences.flatMap((d) => {
    if (d.kind !== "delayed") return [];
    const [from, to] =
      d.section === "fences" ? [te.fences, ta.fences] : [te.registers, ta.registers];
    return [{ ...d, expected: from[d.expected] ?? -1, actual: to[d.actual] ?? -1 }];
  });
  const order = diffGoldens(e.order, a.order).differences.flatMap((d) =>
    d.kind === "moved" ? [signalMoved(d, expected, actual)] : [],
  );
  const differences = [...structure, ...times, ...order].sort((x, y) => x.time - y.time);
  const counts = Object.fromEntries(differenceKinds.map((k) => [k, 0])) as Record<
    DifferenceKind,
    number
  >;
  for (const d of differences) counts[d.kind]++;
  return { diff: { differences, counts, first: differences[0] ?? null }, reordered };
}

/** A difference of `Settled.order`, in the goldens' own rows and times. */
function signalMoved(d: Difference, expected: Golden, actual: Golden): Difference {
  const x = expected.fences[d.expected];
  const y = actual.fences[d.actual];
  const byNs = y.signalled - x.signalled;
  const detail = `fence ${x.fence} is signalled in another order (${us(byNs)})`;
  return { ...d, time: y.signalled, byNs, detail, edit: { op: "move", row: y } };
}

/** The goldens as far as both promise; the times of fences in no promised order are taken out too. */
export function promisedSides(expected: Golden, actual: Golden): readonly [Golden, Golden] {
  const declarations = bothDeclare(expected, actual);
  const { incidental, unordered } = declarations;
  if (incidental.length === 0 && unordered.length === 0) return [expected, actual];
  const sides = [expected, actual].map((golden) => {
    const masked = maskGolden(golden, declarations).golden;
    const { looseFences } = settle(masked, unordered);
    const fences = masked.fences.map((f) =>
      looseFences.has(f.fence) ? { ...f, untimed: true, stages: [] } : f,
    );
    return { ...masked, fences };
  });
  return [sides[0], sides[1]];
}

function bothDeclare(expected: Golden, actual: Golden): Declarations {
  const [x, y] = [declarationsOf(expected), declarationsOf(actual)];
  return {
    incidental: [...x.incidental, ...y.incidental],
    unordered: [...x.unordered, ...y.unordered],
  };
}

/** Compares as the two goldens themselves say what is not promised; rows are theirs. */
export function diffByGolden(expected: Golden, actual: Golden): GoldenDifference {
  const declarations = bothDeclare(expected, actual);
  const { incidental, unordered } = declarations;
  if (incidental.length === 0 && unordered.length === 0) return diffGoldens(expected, actual);
  const e = maskGolden(expected, declarations);
  const a = maskGolden(actual, declarations);
  const { diff } = diffPromised(e.golden, a.golden, declarations);
  const differences = diff.differences.map((d) => ({
    ...d,
    expected: e.from[d.section][d.expected] ?? -1,
    actual: a.from[d.section][d.actual] ?? -1,
  }));
  return { ...diff, differences, first: differences[0] ?? null };
}

/** Fences are ordered by their times; register rows by their position. */
function isOfTimes(d: Difference): boolean {
  return d.kind === "delayed" || (d.kind === "moved" && d.section === "fences");
}

/** Rows of the given goldens, where registers were put into another order. */
function rowsOf(d: Difference, e: readonly number[], a: readonly number[]) {
  if (d.section !== "registers") return {};
  return { expected: e[d.expected] ?? -1, actual: a[d.actual] ?? -1 };
}

interface Settled {
  /** With unordered registers in their settled order. */
  readonly structure: Golden;
  /** Position in the given golden of each register row of `structure`. */
  readonly registers: readonly number[];
  /** Rows without a promised time. */
  readonly looseRegisters: ReadonlySet<number>;
  readonly looseFences: ReadonlySet<string>;
  /**
   * The fences alone, with their place in the settled order of signals for a time; those without a
   * time stay pending, so that rows keep their numbers.
   */
  readonly order: Golden;
  /** Entries that each declaration leaves the order of open. */
  readonly counts: readonly number[];
  /** False where everything is promised. */
  readonly open: boolean;
}

function settle(golden: Golden, unordered: readonly UnorderedDeclaration[]): Settled {
  const looseRegisters = new Set<number>();
  const looseFences = new Set<string>();
  golden.registers.forEach((r, i) => r.untimed === true && looseRegisters.add(i));
  for (const f of golden.fences) if (f.untimed === true) looseFences.add(f.fence);
  let order = golden.registers.map((_, i) => i);
  let signals = bySignal(golden.fences).filter((i) => golden.fences[i].untimed !== true);
  const counts = unordered.map(({ section, patterns }) => {
    let count = 0;
    if (section === "registers") {
      const strands = patterns.map(registerMatcher);
      order = settleRuns(
        order,
        (i) => strands.findIndex((matches) => matches(golden.registers[i])),
        (run) => {
          count += run.length;
          for (const i of run) looseRegisters.add(i);
        },
      );
    } else {
      const strands = patterns.map(fenceMatcher);
      signals = settleRuns(
        signals,
        (i) => strands.findIndex((matches) => matches(golden.fences[i])),
        (run) => {
          count += run.length;
          for (const i of run) looseFences.add(golden.fences[i].fence);
        },
      );
    }
    return count;
  });
  return {
    structure: { ...golden, registers: order.map((i) => golden.registers[i]) },
    registers: order,
    looseRegisters,
    looseFences,
    order: signalOrder(golden, signals),
    counts,
    open: looseRegisters.size > 0 || looseFences.size > 0,
  };
}

function signalOrder(golden: Golden, signals: readonly number[]): Golden {
  const fences = golden.fences.map((f): FenceRow => {
    return { ...f, init: 0, queued: -1, run: -1, signalled: -1, stages: [] };
  });
  signals.forEach((i, rank) => (fences[i] = { ...fences[i], signalled: rank }));
  return { ...golden, fences, registers: [], log: [] };
}

/** Rows of signalled fences in the order of their signals. */
function bySignal(fences: readonly FenceRow[]): number[] {
  return fences
    .map((_, i) => i)
    .filter((i) => fences[i].signalled >= 0)
    .sort((p, q) => fences[p].signalled - fences[q].signalled || p - q);
}

/**
 * Where entries of several strands stand together, with no other entry between, puts them strand
 * by strand; `open` is told each such run. What stands between runs keeps its place: nothing moves
 * past an entry whose order is promised.
 */
function settleRuns(
  order: readonly number[],
  strandOf: (i: number) => number,
  open: (run: readonly number[]) => void,
): number[] {
  const out: number[] = [];
  let run: { i: number; strand: number }[] = [];
  const flush = (): void => {
    if (run.some(({ strand }) => strand !== run[0].strand)) {
      run.sort((x, y) => x.strand - y.strand);
      open(run.map(({ i }) => i));
    }
    out.push(...run.map(({ i }) => i));
    run = [];
  };
  for (const i of order) {
    const strand = strandOf(i);
    if (strand >= 0) {
      run.push({ i, strand });
      continue;
    }
    flush();
    out.push(i);
  }
  flush();
  return out;
}

/** A golden of the rows whose times are promised, and where they were. */
function timed(golden: Golden, registers: ReadonlySet<number>, fences: ReadonlySet<string>) {
  const keep = <R>(rows: readonly R[], kept: (row: R, i: number) => boolean): number[] =>
    rows.flatMap((row, i) => (kept(row, i) ? [i] : []));
  const r = keep<RegisterRow>(golden.registers, (_, i) => !registers.has(i));
  const f = keep<FenceRow>(golden.fences, (row) => !fences.has(row.fence));
  return {
    golden: {
      ...golden,
      registers: r.map((i) => golden.registers[i]),
      fences: f.map((i) => golden.fences[i]),
    },
    registers: r,
    fences: f,
  };
}
