// How sure a bisection is: the patch left out of the whole stack, the patch alone on the base, and
// prefixes that the search had no reason to ask about.

import { effectOf } from "../diff/effect.ts";
import type { Observed } from "./observe.ts";
import type { Predicate } from "./predicate.ts";
import type { Judgement } from "./search.ts";
import type { Selector } from "./stack.ts";

/** The outcome of one trial, with the sentence that says it. */
export interface Trial {
  readonly outcome: "confirms" | "does not confirm" | "cannot be judged";
  readonly reason: string;
}

export interface Trials {
  readonly leftOut: Trial;
  readonly alone: Trial;
}

export interface VerifyRequest {
  readonly observe: (selector: Selector) => Promise<Observed>;
  /** Against the good end, or against another reference. */
  readonly judge: (observed: Observed, reference?: Observed) => Judgement;
  readonly predicate: Predicate;
  /** Patches of the stack. */
  readonly count: number;
  /** The patch that was found, from 1. */
  readonly patch: number;
}

/** Leaves the patch out and puts it on the base alone, both at the same time. */
export async function verify(request: VerifyRequest): Promise<Trials> {
  const [leftOutOf, aloneOn] = await Promise.all([leftOut(request), alone(request)]);
  return { leftOut: leftOutOf, alone: aloneOn };
}

async function leftOut({ observe, judge, predicate, count, patch }: VerifyRequest): Promise<Trial> {
  const [without, whole] = await Promise.all([observe(`~${patch}`), observe(`@${count}`)]);
  const name = `the series without it (~${patch})`;
  if (!without.ok) return cannot(`${name} cannot be judged: ${without.reason}`);
  if (!whole.ok || judge(whole) === "good") {
    const state = whole.ok ? "is good again" : `cannot be judged: ${whole.reason}`;
    return cannot(`the whole series ${state}; leaving it out tells nothing`);
  }
  if (judge(without) === "good") return yes(`${name} is good`);
  if (effectOf(without.observation, whole.observation).unchanged) {
    return no(`${name} is still bad, and the same as with it: a later patch does as much`);
  }
  return predicate.byMany
    ? yes(`${name} differs from the whole; others have effects of their own`)
    : no(`${name} is still bad, but not the same as with it: others make it bad too`);
}

async function alone({ observe, judge, patch }: VerifyRequest): Promise<Trial> {
  const name = `it alone on the base (+${patch})`;
  // The first patch's prefix is nothing else.
  const [only, base] = await Promise.all([
    observe(patch === 1 ? "@1" : `+${patch}`),
    observe("@0"),
  ]);
  if (!only.ok && judge(only, base) === "skip") {
    return cannot(`${name} cannot be judged: ${only.reason}`);
  }
  // What is compared is the base with it and the base without it, wherever the good end is.
  if (judge(base, base) === "bad") {
    return cannot(`the base is bad already; ${name} tells nothing`);
  }
  const judgement = judge(only, base);
  if (judgement === "skip") return cannot(`the base cannot be judged; ${name} tells nothing`);
  return judgement === "bad"
    ? yes(`${name} is bad`)
    : no(`${name} is good: it needs patches before it to be bad`);
}

const yes = (reason: string): Trial => ({ outcome: "confirms", reason });
const no = (reason: string): Trial => ({ outcome: "does not confirm", reason });
const cannot = (reason: string): Trial => ({ outcome: "cannot be judged", reason });

/** Steps strictly between `good` and `bad` that were not asked about: at most `max`, spread out. */
export function unasked(
  good: number,
  bad: number,
  asked: ReadonlyMap<number, Judgement>,
  max: number,
): number[] {
  const all: number[] = [];
  for (let step = good + 1; step < bad; step++) if (!asked.has(step)) all.push(step);
  if (all.length <= max) return all;
  return Array.from({ length: max }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / max)]);
}

/** Where good turns bad or bad turns good among the steps that were judged, in order. */
export function turns(
  judged: ReadonlyMap<number, Judgement>,
): { readonly from: number; readonly to: number; readonly becomes: "good" | "bad" }[] {
  const steps = [...judged].filter(([, j]) => j !== "skip").sort(([a], [b]) => a - b);
  return steps.slice(1).flatMap(([to, becomes], i) => {
    const [from, was] = steps[i];
    return was === becomes || becomes === "skip" ? [] : [{ from, to, becomes }];
  });
}
