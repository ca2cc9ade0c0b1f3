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
  let value: unknown;
  for (;;) {
    if (isStop(gen)) {
      // It has nothing to go on with: its caller does.
      ctx.gen = callers.pop() ?? (ended as Kernel<unknown>);
      return gen.op;
    }
    let r: Result;
    try {
      r = next.call(gen, value) as Result;
    } catch (error) {
      r = unwind(ctx, error);
      gen = ctx.gen as Code;
    }
    if (r.done === true) {
      const caller = callers.pop();
      if (caller === undefined) return null;
      gen = caller as Code;
      ({ value } = r);
    } else {
      const step = r.value;
      if (typeof step === "number") {
        ctx.gen = gen as Kernel<unknown>;
        return step;
      }
      callers.push(gen as Kernel<unknown>);
      gen = step as Code | Stop;
      value = undefined;
    }
  }
}

/** An error goes up through the callers until one of them handles it. */
function unwind(ctx: Context, error: unknown): Result {
  let thrown = error;
  for (;;) {
    const caller = ctx.callers.pop();
    if (caller === undefined) throw thrown;
    ctx.gen = caller;
    try {
      return caller.throw(thrown) as Result;
    } catch (other) {
      thrown = other;
    }
  }
}
