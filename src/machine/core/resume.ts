// Resumes a context where it stopped.
//
// Code that waits for another generator may hand it to the machine (scripts/eager turns `yield*`
// into that): who waits for whom is a stack here, and to resume is one step however deep the calls
// are. `yield*` walks through all of them, each time. Code that uses `yield*` works as well.

import type { Context } from "./context.ts";
import {
  type Kernel,
  type Op,
  type Step,
  type Stop,
  stopCheck,
  stopPause,
  stopResched,
  stopSleep,
} from "./op.ts";

type Code = Generator<Step, unknown, unknown>;
type Result = IteratorResult<Step, unknown>;

function* nothing(): Generator<Step, void, unknown> {}
/** Code that has returned. */
const ended = nothing();
/** Called as a function: looked up on its generators, `next` has as many shapes as they have. */
const next = (Object.getPrototypeOf(nothing) as { prototype: Code }).prototype.next;

function isStop(step: Code | Stop): step is Stop {
  return step === stopPause || step === stopSleep || step === stopResched || step === stopCheck;
}

/** Runs a context until it stops; null when it has returned. */
export function resume(ctx: Context): Op | null {
  const { callers } = ctx;
  let gen = ctx.gen as Code | Stop;
  if (isStop(gen)) {
    // All of its code is to stop once.
    ctx.gen = ended as Kernel<unknown>;
    return gen.op;
  }
  let value: unknown;
  for (;;) {
    let r: Result;
    try {
      r = next.call(gen, value) as Result;
    } catch (error) {
      r = unwind(ctx, error);
      gen = ctx.gen as Code;
    }
    if (r.done === true) {
      if (ctx.depth === 0) return null;
      gen = callers[--ctx.depth] as Code;
      ({ value } = r);
      continue;
    }
    const step = r.value;
    if (typeof step === "number") {
      ctx.gen = gen as Kernel<unknown>;
      return step;
    }
    if (isStop(step as Code | Stop)) {
      // It has nothing to go on with: its caller does.
      ctx.gen = gen as Kernel<unknown>;
      return (step as Stop).op;
    }
    callers[ctx.depth++] = gen as Kernel<unknown>;
    gen = step as Code;
    value = undefined;
  }
}

/** An error goes up through the callers until one of them handles it. */
function unwind(ctx: Context, error: unknown): Result {
  let thrown = error;
  for (;;) {
    if (ctx.depth === 0) throw thrown;
    const caller = ctx.callers[--ctx.depth];
    ctx.gen = caller;
    try {
      return caller.throw(thrown) as Result;
    } catch (other) {
      thrown = other;
    }
  }
}
