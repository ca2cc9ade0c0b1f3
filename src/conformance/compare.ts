// Agreement of a replay with a recording: matched and total per aspect, and the first difference.

import { align, internKeys } from "../diff/align.ts";
import { aspects, type Aspect, type Observation, type Projection } from "./project.ts";
import type { PromisedProjection, Strands } from "./promised.ts";

export interface AspectAgreement {
  readonly matched: number;
  /** Entries of the longer side: a missing and an extra entry both count against. */
  readonly total: number;
}

export interface FirstDifference {
  readonly aspect: string;
  readonly recorded: Observation | null;
  readonly replayed: Observation | null;
  /** Entries before it that agree. */
  readonly after: number;
}

export interface Agreement {
  readonly aspects: Record<Aspect, AspectAgreement>;
  /** Per aspect, null where all agree. */
  readonly first: Record<Aspect, FirstDifference | null>;
}

export function compare(recorded: Projection, replayed: Projection): Agreement {
  const agreement = {} as Record<Aspect, AspectAgreement>;
  const first = {} as Record<Aspect, FirstDifference | null>;
  for (const aspect of aspects) {
    const sequences = compareSequences(aspect, recorded[aspect], replayed[aspect]);
    agreement[aspect] = sequences.agreement;
    first[aspect] = sequences.first;
  }
  return { aspects: agreement, first };
}

/** As compare(), strand by strand: the order between strands does not count. */
export function comparePromised(
  recorded: PromisedProjection,
  replayed: PromisedProjection,
): Agreement {
  const agreement = {} as Record<Aspect, AspectAgreement>;
  const first = {} as Record<Aspect, FirstDifference | null>;
  // Neither side could decide what one of them did not.
  const undecided = new Set([...recorded.undecided, ...replayed.undecided]);
  for (const aspect of aspects) {
    const [a, b] = [recorded, replayed].map((side) => decided(side.aspects[aspect], undecided));
    const strands = compareStrands(aspect, a, b);
    agreement[aspect] = strands.agreement;
    first[aspect] = strands.first;
  }
  return { aspects: agreement, first };
}

function decided(strands: Strands, undecided: ReadonlySet<string>): Strands {
  if (undecided.size === 0) return strands;
  const kept = new Map<string, readonly Observation[]>();
  for (const [name, strand] of strands) {
    const rest = strand.filter(({ job }) => job === undefined || !undecided.has(job));
    if (rest.length > 0) kept.set(name, rest);
  }
  return kept;
}

/** One aspect in strands: all entries count, the difference is the earliest of all strands. */
export function compareStrands(
  aspect: string,
  recorded: Strands,
  replayed: Strands,
): { readonly agreement: AspectAgreement; readonly first: FirstDifference | null } {
  let matched = 0;
  let total = 0;
  let earliest: FirstDifference | null = null;
  for (const strand of new Set([...recorded.keys(), ...replayed.keys()])) {
    const a = recorded.get(strand) ?? [];
    const b = replayed.get(strand) ?? [];
    const sequences = compareSequences(aspect, a, b);
    matched += sequences.agreement.matched;
    total += sequences.agreement.total;
    const d = sequences.first;
    if (d !== null && (earliest === null || timeOf(d) < timeOf(earliest))) earliest = d;
  }
  return { agreement: { matched, total }, first: earliest };
}

function timeOf(d: FirstDifference): number {
  return d.recorded?.time ?? Infinity;
}

/** One sequence of each side, in order. */
export function compareSequences(
  aspect: string,
  a: readonly Observation[],
  b: readonly Observation[],
): { readonly agreement: AspectAgreement; readonly first: FirstDifference | null } {
  const [ka, kb] = internKeys(
    a.map((o) => o.key),
    b.map((o) => o.key),
  );
  const agreement = { matched: align(ka, kb).matched, total: Math.max(a.length, b.length) };
  let i = 0;
  while (i < a.length && i < b.length && ka[i] === kb[i]) i++;
  if (i === a.length && i === b.length) return { agreement, first: null };
  const first = { aspect, recorded: a[i] ?? null, replayed: b[i] ?? null, after: i };
  return { agreement, first };
}
