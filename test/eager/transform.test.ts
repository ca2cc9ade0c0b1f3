// What scripts/eager makes of kernel code behaves like the generators it was: the same effects in
// the same order and the same result, wherever operations wait.

import fc from "fast-check";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { cursor } from "../../src/machine/core/cursor.ts";
import { Context } from "../../src/machine/core/context.ts";
import { done, finished, type Kernel, result } from "../../src/machine/core/op.ts";
import { resume } from "../../src/machine/core/resume.ts";

interface Rewritten {
  readonly text: string;
  readonly rewritten: number;
  readonly kept: readonly { readonly name: string; readonly why: string }[];
}
const { eager } = (await import("../../scripts/eager/transform.mjs" as string)) as {
  eager: (text: string, file: string, op: string) => Rewritten;
};

/** Waits with a number of its own. */
type Code = Generator<number, unknown, void>;
interface Environment {
  readonly log: unknown[];
  /** Notes `what`; waits or not as the schedule says; gives `value`. */
  readonly op: (what: unknown, value?: unknown) => Code;
}
type Functions = Readonly<Record<string, (...args: unknown[]) => Code>>;

function* waits(log: unknown[], what: unknown, value: unknown): Code {
  yield log.push(`waits for ${String(what)}`);
  log.push(`after ${String(what)}`);
  return value;
}

function environment(schedule: readonly boolean[]): Environment {
  const log: unknown[] = [];
  let i = 0;
  const op = (what: unknown, value: unknown = what): Code => {
    log.push(what);
    return schedule[i++ % schedule.length] ? waits(log, what, value) : (done(value) as Code);
  };
  return { log, op };
}

/** The functions of a source text, which may use `op` and `log`. */
function compile(text: string, env: Environment): Functions {
  const js = transformSync(text, { loader: "ts", format: "cjs" }).code;
  const module = { exports: {} as Functions };
  const require = (): object => ({ cursor, done, finished, result });
  new Function("module", "require", "op", "log", js)(module, require, env.op, env.log);
  return module.exports;
}

/** Effects, waits and result of running `run` to its end. */
function trace(text: string, schedule: readonly boolean[]): unknown[] {
  const env = environment(schedule);
  const steps: unknown[] = [];
  try {
    const ctx = new Context("task", 0, "test");
    const code = compile(text, env)["run"](3, env) as unknown as Kernel<unknown>;
    ctx.gen = (function* (): Generator<unknown> {
      steps.push({ result: yield* code });
    })() as unknown as Kernel<unknown>;
    for (let op = resume(ctx); op !== null; op = resume(ctx)) {
      steps.push({ yields: op, after: env.log.length });
    }
  } catch (error) {
    steps.push({ throws: String(error) });
  }
  return [...env.log, ...steps];
}

const samples: Readonly<Record<string, string>> = {
  "a sequence with variables": `
    export function* run(n: number): Kernel<number> {
      const a = yield* op("a", n);
      let b: number;
      b = (yield* op("b", a + 1)) as number;
      yield* op("c");
      const { x, y: [z] } = (yield* op("d", { x: a * 2, y: [b] })) as never;
      return a + b + x + z;
    }`,
  "loops that are left and continued": `
    export function* run(n: number): Kernel<string> {
      let text = "";
      for (let i = 0; i < 5; i++) {
        if (i === 1) continue;
        const v = yield* op("for " + i, i);
        if (v === n) break;
        text += v;
      }
      for (const [k, v] of [["p", 1], ["q", 2], ["r", 3]]) {
        if (k === "q") continue;
        text += k + (yield* op("of " + v, v));
      }
      while ((yield* op("while", text.length)) < 8) text += ".";
      do {
        yield* op("do");
        text += "!";
      } while (text.length < 12);
      return text;
    }`,
  "iterators are closed": `
    const items = (): Iterable<number> => ({
      *[Symbol.iterator]() {
        try { yield 1; yield 2; yield 3; } finally { log.push("closed"); }
      },
    });
    export function* run(n: number): Kernel<number> {
      for (const i of items()) {
        if (i === 2) { yield* op("two"); break; }
      }
      for (const i of items()) {
        const v = yield* op("item", i);
        if (v === 2) return v;
      }
      return -1;
    }`,
  "expressions in their order": `
    const note = (what: string): string => { log.push(what); return what; };
    export function* run(n: number): Kernel<unknown> {
      const box = { v: 1, f: (...a: unknown[]) => a.join() };
      box.v += (yield* op("add", 2)) as number;
      const s = note("l") + (yield* op("m")) + note("r");
      const c = (yield* op("cond", n > 2)) ? yield* op("yes") : yield* op("no");
      const l = (yield* op("and", 0)) && (yield* op("skipped"));
      const o = (yield* op("or", 0)) || (yield* op("taken"));
      const q = null ?? (yield* op("nullish"));
      if (!(yield* op("not", false)) && n > 0) note("then");
      else note("else");
      return [box.v, s, c, l, o, q, box.f(note("x"), yield* op("y"), note("z")),
        { a: note("k"), b: yield* op("w") }, [1, ...((yield* op("spread", [2, 3])) as number[])]];
    }`,
  "methods and this": `
    class Counter {
      n = 0;
      *add(by: number): Atomic<number> { this.n += (yield* op("by", by)) as number; return this.n; }
      *twice(): Atomic<number> { yield* this.add(1); return yield* this.add(2); }
    }
    const units = (c: Counter) => ({
      *both(k: number): Kernel<number> { return (yield* c.twice()) + (yield* this.one(k)); },
      *one(k: number): Kernel<number> { if (k > 0) return yield* c.add(k); return 0; },
      *none(): Kernel<void> {},
    });
    export function* run(n: number): Kernel<unknown> {
      const c = new Counter();
      const u = units(c);
      const r = yield* u.both(n);
      return [r, yield* u.none(), c.n];
    }`,
  "closures over what does not change": `
    export function* run(n: number): Kernel<unknown> {
      const a = yield* op("a", n);
      const f = (x: number): number => x + a + n;
      yield* op("b");
      const list = [3, 1, 2].map((x) => f(x));
      const again = yield* op("c", list);
      return [f(1), again];
    }`,
  "an exception": `
    export function* run(n: number): Kernel<void> {
      yield* op("before");
      if ((yield* op("test", n)) === 3) throw new Error("three");
      yield* op("never");
    }`,
};

const schedules = fc.array(fc.boolean(), { minLength: 1, maxLength: 12 });

describe("the rewriting of kernel code", () => {
  for (const [name, text] of Object.entries(samples)) {
    it(`keeps the meaning of ${name}`, () => {
      const made = eager(text, "sample.ts", ".");
      expect(made.kept).toEqual([]);
      expect(made.text).toContain("$finished");
      fc.assert(
        fc.property(schedules, (schedule) => {
          expect(trace(made.text, schedule)).toEqual(trace(text, schedule));
        }),
        { examples: [[[false]], [[true]]] },
      );
    });
  }

  it("does not make a generator where nothing waits", () => {
    const { text } = eager(samples["methods and this"], "sample.ts", ".");
    const env = environment([false]);
    expect(compile(text, env)["run"](3, env)).toBe(finished);
  });

  const unsupported: readonly (readonly [string, string])[] = [
    ["a name that is declared twice", "{ const a = 1; { const a = yield* op(2); log.push(a); } }"],
    [
      "a captured variable of a loop",
      "for (const a of [1, 2]) { log.push(() => a); yield* op(a); }",
    ],
    ["a captured variable that changes", "let a = 1; log.push(() => a); a = yield* op(2);"],
    ["a yield in a try", "try { yield* op(1); } finally { log.push(2); }"],
    ["a plain yield", "yield 1;"],
    ["a label", "out: for (;;) { for (;;) { yield* op(1); break out; } }"],
    ["arguments", "yield* op(arguments.length);"],
  ];
  it.each(unsupported)("leaves %s a generator", (_, body) => {
    const source = `export function* run(n: number): Kernel<void> { ${body} }`;
    const made = eager(source, "sample.ts", ".");
    expect(made.kept.map((k) => k.name)).toEqual(["run"]);
    expect(made.text).toBe(source);
  });

  it("leaves what is not kernel code alone", () => {
    const source = "export function* ids(): Generator<number> { yield* [1, 2]; }";
    expect(eager(source, "sample.ts", ".").rewritten).toBe(0);
  });
});
