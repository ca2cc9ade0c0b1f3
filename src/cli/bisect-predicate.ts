// What a bisection looks for: true of a replay that is bad, given the replay at the good end.

import { type Observation, signalledPairs } from "../diff/effect.ts";
import { diffGoldens } from "../diff/typed.ts";
import type { Golden } from "../golden/model.ts";

export interface Predicate {
  /** Completes "the first patch …": `signals a fence more than 1000 ns later`. */
  readonly text: string;
  /** Any patch with an effect of its own makes it true: others do not take the blame away. */
  readonly byMany: boolean;
  readonly holds: (good: Observation, at: Observation) => boolean;
}

/** The fences, register accesses or log differ from those at the good end. */
export const timelineDiffers: Predicate = {
  text: "changes the timeline",
  byMany: true,
  holds: (good, at) => diffGoldens(good.golden, at.golden).first !== null,
};

/** Some fence is signalled later than at the good end by more than `ns`, or not at all. */
export function fenceLater(ns: number): Predicate {
  return {
    text: `signals a fence more than ${ns} ns later`,
    byMany: false,
    holds: (good, at) => {
      const pairs = signalledPairs(good.golden.fences, at.golden.fences);
      const signalled = good.golden.fences.filter((f) => f.signalled >= 0);
      return (
        pairs.length < signalled.length || pairs.some(([x, y]) => y.signalled - x.signalled > ns)
      );
    },
  };
}

/** The kernel log or a finding has the text. */
export function warningHas(text: string): Predicate {
  return {
    text: `brings ${JSON.stringify(text)} into the log or the findings`,
    byMany: false,
    holds: (_, { golden, findings }) =>
      golden.log.some((l) => l.text.includes(text)) || findings.some((f) => f.includes(text)),
  };
}

/** The replay does not agree with a golden file. */
export function goldenMismatch(golden: Golden, path: string): Predicate {
  return {
    text: `disagrees with ${path}`,
    byMany: true,
    holds: (_, at) => diffGoldens(golden, at.golden).first !== null,
  };
}
