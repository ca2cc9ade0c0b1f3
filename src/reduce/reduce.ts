// Makes a trace as small as it can be while something holds of it: large parts first, then ever
// smaller ones, then plainer numbers and names, again and again until nothing more can go. The same
// trace and judge give the same result; the result reduces to itself.

import type { Trace } from "../trace/trace.ts";
import { canonical, digestOf, Engine, type EngineOptions } from "./engine.ts";
import { eventsIn, unroll } from "./items.ts";
import * as passes from "./passes.ts";
import * as simplify from "./simplify.ts";

export interface ReduceResult {
  readonly trace: Trace;
  readonly text: string;
  /** False where it does not hold of the trace as it came: nothing was tried. */
  readonly holds: boolean;
  readonly events: { readonly before: number; readonly after: number };
  /** Candidates that were judged, and those that were a step. */
  readonly judged: number;
  readonly steps: number;
}

/** Repetitions of up to so many events are written out: then their events can go one by one. */
const unrollMax = 64;

/** In the order in which they take most at the least cost. */
const order: readonly passes.Pass[] = [
  passes.takeOutTasks,
  passes.fewerIterations,
  passes.takeOutObjects,
  passes.takeOutItems,
  passes.takeOutFaults,
  passes.takeOutDeclarations,
  passes.takeOutStreams,
  passes.takeOutBlocks,
  passes.takeOutInstructions,
  passes.takeOutFields,
  simplify.mergeTasks,
  simplify.mergeObjects,
  simplify.plainHeader,
  simplify.rounderTimes,
  simplify.rounderNumbers,
  simplify.plainPoints,
  simplify.plainNames,
];

/** Reduces a trace. */
export async function reduceTrace(trace: Trace, options: EngineOptions): Promise<ReduceResult> {
  const before = eventsIn(trace);
  const start = canonical(trace);
  // A trace that was parsed prints as one that parses; only a made-up one does not.
  if (start === null) throw new Error(`trace ${trace.name} does not print as a trace`);
  const engine = new Engine(start.trace, options);
  const result = (holds: boolean): ReduceResult => {
    const { text, trace: best } = canonical(engine.best)!;
    const { judged, steps } = engine;
    return { trace: best, text, holds, events: { before, after: eventsIn(best) }, judged, steps };
  };
  const key = digestOf(start.text);
  const known = engine.memo.get(key) ?? (await options.judge(start.trace, start.text));
  engine.memo.set(key, known);
  if (!known) return result(false);
  let progress = true;
  while (progress) {
    progress = false;
    for (const pass of order) {
      engine.rewrite(unroll(engine.best, unrollMax));
      if (await pass(engine)) progress = true;
    }
  }
  return result(true);
}
