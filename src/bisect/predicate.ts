// What a search looks for: true of a replay that is bad, given the replay at the good end.

import { diffByGolden } from "../diff/promised.ts";
import type { Golden } from "../golden/model.ts";
import type { ReplayObservation } from "./observe.ts";

/** A replay that could not be observed, for predicates about that. */
export interface Unobserved {
  readonly reason: string;
}

export interface Predicate {
  /** Completes "the first patch that …": `signals a fence more than 1000 ns later`. */
  readonly text: string;
  /** Compares with the replay at the good end; without it the replay speaks for itself. */
  readonly compares: boolean;
  /** Any patch with an effect of its own makes it true: others do not take the blame away. */
  readonly byMany: boolean;
  /** What shows that it is true of `at`, a line; null where it is not true. */
  readonly evidence: (good: ReplayObservation | null, at: ReplayObservation) => string | null;
  /** The same for a replay that ended in a defect of the model; most say nothing about one. */
  readonly ofDefect?: (at: Unobserved) => string | null;
  /** What is wrong with asking this of the trace: a name that it does not have. null: nothing. */
  readonly problem?: (at: ReplayObservation) => string | null;
}

/** The fences, register accesses or log differ from those at the good end. */
export const timelineDiffers: Predicate = {
  text: "changes the timeline",
  compares: true,
  byMany: true,
  evidence: (good, at) => diffByGolden(good!.golden, at.golden).first?.detail ?? null,
};

/** Any entry of the timeline differs: scheduling, interrupts, work items, locks. */
export const entriesDiffer: Predicate = {
  text: "changes any entry of the timeline",
  compares: true,
  byMany: true,
  evidence: (good, at) => {
    if (good!.digest === at.digest) return null;
    const other = `digest ${at.digest}, was ${good!.digest}`;
    if (at.promised === undefined) return other;
    // What the trace does not promise may differ, the entries about it and nothing else.
    const { first } = diffByGolden(good!.golden, at.golden);
    return first?.detail ?? (good!.promised === at.promised ? null : other);
  },
};

/** The replay does not agree with a golden file. */
export function goldenMismatch(golden: Golden, path: string): Predicate {
  return {
    text: `disagrees with ${path}`,
    compares: false,
    byMany: true,
    evidence: (_, at) => diffByGolden(golden, at.golden).first?.detail ?? null,
  };
}

/** All of them hold. */
export function all(parts: readonly Predicate[]): Predicate {
  if (parts.length === 1) return parts[0];
  return join(parts, " and ", (lines) =>
    lines.every((l) => l !== null) ? lines.join("; ") : null,
  );
}

/** One of them holds. */
export function any(parts: readonly Predicate[]): Predicate {
  if (parts.length === 1) return parts[0];
  return join(parts, " or ", (lines) => lines.find((l) => l !== null) ?? null);
}

/** It does not hold. */
export function not(part: Predicate): Predicate {
  const { compares, problem } = part;
  return {
    text: `is free of: ${part.text}`,
    compares,
    byMany: false,
    evidence: (good, at) => (part.evidence(good, at) === null ? `free of: ${part.text}` : null),
    ...(problem === undefined ? {} : { problem }),
  };
}

function join(
  parts: readonly Predicate[],
  word: string,
  combine: (lines: readonly (string | null)[]) => string | null,
): Predicate {
  const ofDefect = parts.some((p) => p.ofDefect !== undefined);
  return {
    text: parts.map((p) => p.text).join(word),
    compares: parts.some((p) => p.compares),
    byMany: parts.every((p) => p.byMany),
    evidence: (good, at) => combine(parts.map((p) => p.evidence(good, at))),
    ...(ofDefect
      ? { ofDefect: (at: Unobserved) => combine(parts.map((p) => p.ofDefect?.(at) ?? null)) }
      : {}),
    problem: (at) => parts.map((p) => p.problem?.(at) ?? null).find((l) => l !== null) ?? null,
  };
}
