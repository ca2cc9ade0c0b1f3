// Bisects a series: searches its prefixes, then leaves the patch out of the whole and says how sure
// the answer is.

import { effectOf, type Effect, type Observation } from "../diff/effect.ts";
import type { Predicate } from "./bisect-predicate.ts";
import { type Judgement, searchFirstBad } from "./bisect-search.ts";
import type { Observed } from "./observe.ts";

export interface BisectRequest {
  /** Replays `SERIES@N` or `SERIES~N`; remembered by the caller's choice, asked at most once each. */
  readonly observe: (selector: `@${number}` | `~${number}`) => Observed;
  /** Number of patches of the series. */
  readonly count: number;
  /** Prefixes to search between. */
  readonly good: number;
  readonly bad: number;
  readonly predicate: Predicate;
}

export type Certainty = "certain" | "likely" | "narrowed" | "none";

export interface BisectResult {
  readonly certainty: Certainty;
  /** Number of the patch; null where there is none or it is one of several. */
  readonly patch: number | null;
  /** Patches of which one it is, where those between could not be judged. */
  readonly candidates: readonly number[];
  /** What the patch changes against the prefix before it. */
  readonly effect: Effect | null;
  /** Why it is as sure as it is, a sentence each. */
  readonly reasons: readonly string[];
  /** Prefixes that were replayed, in the order of the series. */
  readonly judged: readonly (readonly [prefix: number, judgement: Judgement])[];
}

/** Finds the first patch that makes the predicate true. */
export function bisectSeries(request: BisectRequest): BisectResult {
  const { observe, good, bad, predicate } = request;
  const seen = new Map<number, Observed>();
  const prefix = (n: number): Observed => {
    const known = seen.get(n) ?? observe(`@${n}`);
    seen.set(n, known);
    return known;
  };
  const reference = prefix(good);
  const judge = (o: Observed): Judgement => {
    if (!o.ok || !reference.ok) return "skip";
    return predicate.holds(reference.observation, o.observation) ? "bad" : "good";
  };
  const { between, judged } = searchFirstBad(good, bad, (n) => judge(prefix(n)));
  const result = {
    patch: null,
    candidates: [],
    effect: null,
    judged: [...judged].sort(([a], [b]) => a - b),
  };
  if (between === null || !reference.ok) {
    const reasons = [whyNot(prefix, judge, good, bad)];
    return { ...result, certainty: "none", reasons };
  }
  const { after, upTo } = between;
  if (upTo - after > 1) {
    const candidates = Array.from({ length: upTo - after }, (_, i) => after + 1 + i);
    const reasons = [`the prefixes between @${after} and @${upTo} cannot be replayed`];
    return { ...result, certainty: "narrowed", candidates, reasons };
  }
  const reasons = [`@${after} was replayed and is good, @${upTo} was replayed and is bad`];
  const untested = after - good - [...judged.keys()].filter((n) => n > good && n <= after).length;
  if (untested > 0) {
    reasons.push(
      `${untested} of the prefixes before it were not replayed: a change that a later patch ` +
        "takes back would not be seen",
    );
  }
  const left = leftOut(request, upTo, judge, prefix);
  reasons.push(left.reason);
  const before = observationOf(prefix(after));
  const effect = effectOf(before, observationOf(prefix(upTo)));
  const certainty = left.confirms ? "certain" : "likely";
  return { ...result, certainty, patch: upTo, candidates: [upTo], effect, reasons };
}

/** What the whole series is like without the patch. */
function leftOut(
  { observe, count, predicate }: BisectRequest,
  patch: number,
  judge: (o: Observed) => Judgement,
  prefix: (n: number) => Observed,
): { readonly confirms: boolean; readonly reason: string } {
  const without = observe(`~${patch}`);
  if (!without.ok) {
    const reason = `the series without it (~${patch}) cannot be replayed: ${without.reason}`;
    return { confirms: false, reason };
  }
  const whole = prefix(count);
  if (!whole.ok || judge(whole) === "good") {
    const state = whole.ok ? "is good again" : "cannot be replayed";
    return { confirms: false, reason: `the whole series ${state}: leaving it out tells nothing` };
  }
  const name = `the series without it (~${patch})`;
  if (judge(without) === "good") return { confirms: true, reason: `${name} is good` };
  if (effectOf(without.observation, whole.observation).unchanged) {
    const reason = `${name} is still bad, and the same as with it: a later patch does as much`;
    return { confirms: false, reason };
  }
  const reason = predicate.byMany
    ? `${name} differs from the whole; others have effects of their own`
    : `${name} is still bad, but not the same as with it: others make it bad too`;
  return { confirms: predicate.byMany, reason };
}

function whyNot(
  prefix: (n: number) => Observed,
  judge: (o: Observed) => Judgement,
  good: number,
  bad: number,
): string {
  for (const end of [good, bad]) {
    const observed = prefix(end);
    if (!observed.ok) return `@${end} cannot be replayed: ${observed.reason}`;
  }
  if (judge(prefix(good)) === "bad") return `@${good} is bad already`;
  return `@${bad} is good: no patch up to it is bad`;
}

function observationOf(observed: Observed): Observation {
  if (!observed.ok) throw new Error(observed.reason);
  return observed.observation;
}
