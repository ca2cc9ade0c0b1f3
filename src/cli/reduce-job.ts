// Judges candidates of a reduction on worker threads, by name and text.

import * as Either from "effect/Either";
import { profiles } from "../device/profile/index.ts";
import type { Predicate } from "../bisect/predicate.ts";
import { stackRevision } from "../bisect/stack.ts";
import { readGolden } from "../golden/store.ts";
import { evidenceIn, type Sought } from "../reduce/judge.ts";
import { parseTrace } from "../trace/parse.ts";
import { readPredicate } from "./bisect-options.ts";
import { OptionArgumentError } from "./input-error.ts";

/** What a reduction looks for, as it can be sent to a thread. */
export interface SoughtByName {
  /** Text of the predicate, null: any difference of the timelines. */
  readonly predicate: string | null;
  readonly bad: string;
  readonly good: string | null;
  readonly profile: string;
  /** The golden that `golden differs` means. */
  readonly golden: string;
  readonly entriesMax: number;
  /** What the trace to be reduced does not promise. */
  readonly declared: Sought["declared"];
}

export interface HoldsJob extends SoughtByName {
  readonly bisect: "holds";
  readonly text: string;
}

export interface Holds {
  readonly holds: boolean;
  /** Timeline entries that were replayed. */
  readonly entries: number;
}

/** Performs a job; what is looked for may be at hand. */
export function runHoldsJob(job: HoldsJob, sought = soughtOf(job)): Holds {
  const trace = parseTrace(job.text);
  if (Either.isLeft(trace)) return { holds: false, entries: 0 };
  let entries = 0;
  const evidence = evidenceIn(trace.right, sought, (n) => (entries += n));
  return { holds: evidence !== null, entries };
}

/** What is looked for. Throws `InputError`. */
export function soughtOf(by: SoughtByName): Sought {
  const { bad, good, profile, entriesMax, declared } = by;
  return {
    predicate: predicateOf(by),
    bad: Either.getOrThrow(stackRevision(bad)),
    good: good === null ? null : Either.getOrThrow(stackRevision(good)),
    profileName: profile,
    profile: profiles[profile],
    entriesMax,
    declared,
  };
}

function predicateOf({ predicate, golden: path }: SoughtByName): Predicate {
  return readPredicate(predicate, {
    golden: () => {
      const golden = readGolden(path);
      if (golden !== null) return { golden, path };
      throw new OptionArgumentError(`golden differs: ${path} is missing; accept it first`);
    },
  });
}
