import { expect, test } from "vitest";
import { Context } from "../../../src/machine/core/context.ts";
import { CHECK, type Kernel, PAUSE, SLEEP, type Step, stop } from "../../../src/machine/core/op.ts";
import { resume } from "../../../src/machine/core/resume.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is sent and returned varies
type Code = Generator<Step, any, any>;

function context(code: Code): Context {
  const ctx = new Context("task", 0, "test");
  ctx.gen = code as Kernel<unknown>;
  return ctx;
}

const asStep = (code: Code): Step => code as Kernel<unknown>;

test("runs what code hands over, and gives it the result", () => {
  const log: unknown[] = [];
  function* inner(): Code {
    yield SLEEP;
    log.push("inner");
    return 7;
  }
  function* middle(): Code {
    const a = yield asStep(inner());
    const b = yield* inner();
    return [a, b];
  }
  function* outer(): Code {
    log.push(yield asStep(middle()));
    yield PAUSE;
    return "result";
  }
  const ctx = context(outer());
  expect([resume(ctx), resume(ctx), resume(ctx), resume(ctx)]).toEqual([SLEEP, SLEEP, PAUSE, null]);
  expect(log).toEqual(["inner", "inner", [7, 7]]);
});

test("a stop goes on with its caller, or ends the context", () => {
  const log: string[] = [];
  function* code(): Code {
    yield stop(SLEEP);
    log.push("after");
    yield* stop(CHECK) as unknown as Code;
  }
  const ctx = context(code());
  expect([resume(ctx), resume(ctx), resume(ctx)]).toEqual([SLEEP, CHECK, null]);
  expect(log).toEqual(["after"]);
  const only = context(stop(PAUSE) as unknown as Code);
  expect([resume(only), resume(only)]).toEqual([PAUSE, null]);
});

test("an error goes to the caller that handles it", () => {
  const log: string[] = [];
  function* fails(): Code {
    yield SLEEP;
    throw new Error("inside");
  }
  function* passes(): Code {
    try {
      yield asStep(fails());
    } finally {
      log.push("finally");
    }
  }
  function* handles(): Code {
    try {
      yield asStep(passes());
    } catch (error) {
      log.push(String(error));
    }
    yield PAUSE;
  }
  const ctx = context(handles());
  expect([resume(ctx), resume(ctx), resume(ctx)]).toEqual([SLEEP, PAUSE, null]);
  expect(log).toEqual(["finally", "Error: inside"]);
  const unhandled = context(passes());
  expect(resume(unhandled)).toBe(SLEEP);
  expect(() => resume(unhandled)).toThrow("inside");
});
