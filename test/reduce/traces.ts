// Traces for tests of reduction, and judges that need no replay.

import * as Either from "effect/Either";
import { expandItems } from "../../src/trace/expand.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import type { Trace, TraceEvent } from "../../src/trace/trace.ts";

export function read(text: string): Trace {
  const parsed = parseTrace(text);
  if (Either.isLeft(parsed)) throw new Error(parsed.left.message);
  return parsed.right;
}

/** Every event of a trace, repetitions written out. */
export const events = (trace: Trace): TraceEvent[] => [
  ...expandItems(trace.setup),
  ...expandItems(trace.events),
];

/** Names of the events, in order. */
export const names = (trace: Trace): string[] => events(trace).map((e) => e.action.name);

/** Small deterministic numbers: the noise of a seed. */
export function* numbers(seed: number): Generator<number> {
  let state = seed + 0x9e3779b9;
  for (;;) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state = (state ^ (state >>> 15)) >>> 0;
    yield state;
    state += 0x6d2b79f5;
  }
}
