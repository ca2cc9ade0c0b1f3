// Bisects a series: searches its prefixes, then leaves the patch out of the whole, tries it alone,
// looks at prefixes it has not asked about, and says how sure the answer is.

import { effectOf, type Effect } from "../diff/effect.ts";
import type { Observed, ReplayObservation } from "./observe.ts";
import type { Predicate } from "./predicate.ts";
import { type Judgement, searchFirstBad } from "./search.ts";
import type { Selector } from "./stack.ts";
import { type Trials, turns, unasked, verify } from "./verify.ts";

export interface BisectRequest {
  /** Replays a part of the series; asked at most once for each. */
  readonly observe: (selector: Selector) => Observed | Promise<Observed>;
  /** Number of patches of the series. */
  readonly count: number;
  /** Prefixes to search between. */
  readonly good: number;
  readonly bad: number;
  readonly predicate: Predicate;
  /** Replays at the same time, now. */
  readonly hands?: () => number;
  /** Prefixes to look at besides those that the search needs; Infinity for all. */
  readonly more?: number;
}

export type Certainty =
  /** Leaving it out makes it good, and it alone makes it bad. */
  | "confirmed by leaving it out and alone"
  | "confirmed by leaving it out"
  | "confirmed alone"
  /** The prefix before it is good and the one with it bad; nothing more is known. */
  | "by order only"
  /** One of several, between prefixes that cannot be judged. */
  | "narrowed"
  | "none";

export interface BisectResult {
  readonly certainty: Certainty;
  /** Number of the patch; null where there is none or it is one of several. */
  readonly patch: number | null;
  /** Patches of which one it is, where those between could not be judged. */
  readonly candidates: readonly number[];
  /** What shows the predicate at the first bad prefix. */
  readonly evidence: string | null;
  /** What the patch changes against the prefix before it. */
  readonly effect: Effect | null;
  readonly trials: Trials | null;
  /** Why it is as sure as it is, a sentence each. */
  readonly reasons: readonly string[];
  /** The prefixes turn bad, good and bad again: there is more than one such patch. */
  readonly monotonic: boolean;
  /** Prefixes that were judged, in the order of the series. */
  readonly judged: readonly (readonly [prefix: number, judgement: Judgement])[];
  /** What could not be judged, and why. */
  readonly notJudged: readonly { readonly selector: Selector; readonly reason: string }[];
}

/** Prefixes looked at besides those that the search needs, unless the request says otherwise. */
const moreDefault = 8;

/** Finds the first patch that makes the predicate true. */
export async function bisectSeries(request: BisectRequest): Promise<BisectResult> {
  const { good, bad, predicate, count, hands } = request;
  const seen = new Map<Selector, Promise<Observed>>();
  const told = new Map<Selector, Observed>();
  const replayOnce = (selector: Selector): Promise<Observed> => {
    const known = seen.get(selector) ?? Promise.resolve(request.observe(selector));
    seen.set(selector, known);
    return known;
  };
  /** Replays ahead are not told of: what is reported does not depend on the number of hands. */
  const observe = async (selector: Selector): Promise<Observed> => {
    const observed = await replayOnce(selector);
    told.set(selector, observed);
    return observed;
  };
  const reference = await observe(`@${good}`);
  const judge = (o: Observed, against = reference): Judgement => judgementOf(predicate, against, o);
  const judgePrefix = async (n: number): Promise<Judgement> => judge(await replayOnce(`@${n}`));
  const { between, judged } = await searchFirstBad(good, bad, {
    judge: judgePrefix,
    ...(hands === undefined ? {} : { hands }),
  });
  for (const n of judged.keys()) await observe(`@${n}`);
  const all = new Map(judged);
  const result = (more: Partial<BisectResult>): BisectResult => ({
    certainty: "none",
    patch: null,
    candidates: [],
    evidence: null,
    effect: null,
    trials: null,
    reasons: [],
    monotonic: true,
    judged: [...all].sort(([a], [b]) => a - b),
    // Answers come in no order of their own.
    notJudged: [...told]
      .sort(([a], [b]) => order(a) - order(b))
      .flatMap(([selector, o]) =>
        o.ok || judge(o) !== "skip" ? [] : [{ selector, reason: o.reason }],
      ),
    ...more,
  });
  if (between === null) {
    return result({ reasons: [await whyNot(observe, judge, good, bad)] });
  }
  const rest = unasked(good, bad, all, request.more ?? moreDefault);
  const prefixes = rest.map(async (n) => [n, judge(await observe(`@${n}`))] as const);
  for (const [n, judgement] of await Promise.all(prefixes)) all.set(n, judgement);
  const { after, upTo } = between;
  const { monotonic, sentences } = monotony(good, bad, all, upTo);
  if (upTo - after > 1) {
    const candidates = Array.from({ length: upTo - after }, (_, i) => after + 1 + i);
    const reasons = [`the prefixes between @${after} and @${upTo} cannot be judged`, ...sentences];
    return result({ certainty: "narrowed", candidates, reasons, monotonic });
  }
  const trials = await verify({ observe, judge, predicate, count, patch: upTo });
  const [before, at] = [await observe(`@${after}`), await observe(`@${upTo}`)];
  return result({
    certainty: certaintyOf(trials),
    patch: upTo,
    candidates: [upTo],
    evidence: evidenceOf(predicate, reference, at),
    effect: before.ok && at.ok ? effectOf(before.observation, at.observation) : null,
    trials,
    reasons: [
      `@${after} was replayed and is good, @${upTo} was replayed and is bad`,
      trials.leftOut.reason,
      trials.alone.reason,
      ...sentences,
    ],
    monotonic,
  });
}

/** Prefixes first, then what is left out, then what is alone. */
function order(selector: Selector): number {
  return "@~+".indexOf(selector[0]) * 1e6 + Number(selector.slice(1));
}

function certaintyOf({ leftOut, alone }: Trials): Certainty {
  const out = leftOut.outcome === "confirms";
  const only = alone.outcome === "confirms";
  if (out && only) return "confirmed by leaving it out and alone";
  if (out) return "confirmed by leaving it out";
  return only ? "confirmed alone" : "by order only";
}

/** Judges a replay by a predicate. */
export function judgementOf(
  predicate: Predicate,
  reference: Observed | null,
  observed: Observed,
): Judgement {
  if (!observed.ok) {
    const { ofDefect } = predicate;
    if (ofDefect === undefined || observed.failure !== "defect") return "skip";
    return ofDefect(observed) === null ? "good" : "bad";
  }
  if (predicate.compares && reference?.ok !== true) return "skip";
  return evidenceOf(predicate, reference, observed) === null ? "good" : "bad";
}

/** What shows that a predicate is true of a replay. */
export function evidenceOf(
  predicate: Predicate,
  reference: Observed | null,
  observed: Observed,
): string | null {
  if (!observed.ok) return predicate.ofDefect?.(observed) ?? null;
  const good: ReplayObservation | null = reference?.ok === true ? reference.observation : null;
  return predicate.evidence(good, observed.observation);
}

/** Whether good turns bad once, as far as was looked. */
function monotony(
  good: number,
  bad: number,
  judged: ReadonlyMap<number, Judgement>,
  found: number,
): { readonly monotonic: boolean; readonly sentences: string[] } {
  const changes = turns(judged);
  const left = bad - good + 1 - judged.size;
  const notLooked =
    left === 0
      ? []
      : [
          `${left} of the prefixes between were not replayed: a change that a later patch takes ` +
            "back would not be seen (--exhaustive replays all)",
        ];
  if (changes.length <= 1) return { monotonic: true, sentences: notLooked };
  const told = changes.map(({ from, to, becomes }, i) => {
    const where = to - from === 1 ? `from @${to}` : `somewhere from @${from + 1} to @${to}`;
    return `${becomes}${i === 0 ? "" : " again"} ${where}`;
  });
  const others = changes.filter((c) => c.becomes === "bad" && c.to !== found);
  const sentence =
    `the prefixes are not monotonic: ${told.join(", ")}; ` +
    `patch ${found} is ${others.length === 0 ? "where it turns bad" : "one of several"}`;
  return { monotonic: false, sentences: [sentence, ...notLooked] };
}

async function whyNot(
  observe: (selector: Selector) => Promise<Observed>,
  judge: (o: Observed) => Judgement,
  good: number,
  bad: number,
): Promise<string> {
  for (const end of [good, bad]) {
    const observed = await observe(`@${end}`);
    if (!observed.ok && judge(observed) === "skip") {
      return `@${end} cannot be judged: ${observed.reason}`;
    }
  }
  if (judge(await observe(`@${good}`)) === "bad") return `@${good} is bad already`;
  return `@${bad} is good: no patch up to it is bad`;
}
