// Any bytes: the parser answers with a trace or with located problems, soon, and never throws.

import fc from "fast-check";
import { isLeft } from "effect/Either";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeAction } from "../../src/trace/decode-event.ts";
import { problemsMax } from "../../src/trace/limits.ts";
import { lexLine } from "../../src/trace/line.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import { parseInstruction } from "../../src/trace/stream.ts";
import { traceReasons } from "../../src/trace/problem.ts";
import { actionText, instructionText } from "./arbitrary.ts";

const seeds = ["single-job", "03b-two-queues-fences", "03c-gpu-syncwait", "12-shrinker"].map((n) =>
  readFileSync(`traces/${n}.yaml`, "utf8"),
);

function check(text: string): void {
  const result = parseTrace(text, "f");
  if (!isLeft(result)) return;
  const { problems, message } = result.left;
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.length).toBeLessThanOrEqual(problemsMax);
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const p of problems) {
    expect(p.line).toBeGreaterThan(0);
    expect(p.line).toBeLessThanOrEqual(lines + 1);
    expect(p.column).toBeGreaterThan(0);
    expect(traceReasons).toContain(p.reason);
  }
  expect(message).toMatch(/^f:\d+:\d+: \w+: /);
}

describe("parseTrace", () => {
  test("any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 400 }), check));
  });

  test("YAML-like text", () => {
    const bits = fc.constantFrom(
      ..."- : { } [ ] | > & * ! % @ \" ' # , ? \n  - \n    \t a b 1 0x5 +0 1.5 <<: &a *a".split(
        " ",
      ),
      "version: 1\n",
      "name: x\n",
      "description: y\n",
      "events:\n",
      "streams:\n",
      "repeat:",
      "a-1 +0: open:",
      "\n",
      " ",
    );
    fc.assert(
      fc.property(
        fc.array(bits, { maxLength: 60 }).map((l) => l.join("")),
        check,
      ),
    );
  });

  test("a trace with a few characters changed, lost or doubled", () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(6),
      put: fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("\n", "  ", "$", "{", "}", "=")),
    });
    const edits = fc.array(edit, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), edits, (seed, list) => {
        let text = seed;
        for (const { at, length, put } of list) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + put + text.slice(from + length);
        }
        check(text);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["open brackets", "[".repeat(20_000)],
    ["open maps", "{a: ".repeat(5_000)],
    ["nested lists", "- ".repeat(5_000)],
    ["deep indentation", Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["a file that is too large", "a".repeat(2 * 1024 * 1024)],
    ["a long key", `${"k".repeat(100_000)}: 1`],
    ["many short lines", "- 1\n".repeat(50_000)],
    ["a long number", `version: ${"9".repeat(100_000)}`],
    ["a line of spaces", `events: |\n  a-1${" ".repeat(4000)}+0: open:`],
    ["aliases of aliases", `a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nevents: [*c, *c]`],
  ])("%s", (_what, text) => {
    const started = performance.now();
    check(text);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe("lines", () => {
  const noFail = () => undefined;

  test("any event line", () => {
    const part = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom("a-1", "+0:", "x=", '"', "{"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const lexed = lexLine(parts.join(" "), noFail);
        if (lexed !== undefined) decodeAction(lexed, new Map([["i", 1]]), noFail);
      }),
      { numRuns: 1000 },
    );
  });

  test("an event line cut anywhere", () => {
    fc.assert(
      fc.property(actionText, fc.nat(200), (text, n) => {
        const line = `a-1 +0: ${text}`.slice(0, n);
        const lexed = lexLine(line, noFail);
        if (lexed !== undefined) decodeAction(lexed, new Map(), noFail);
      }),
      { numRuns: 500 },
    );
  });

  test("an instruction cut anywhere, or any text", () => {
    const cut = fc.tuple(instructionText, fc.nat(60)).map(([t, n]) => t.slice(0, n));
    fc.assert(
      fc.property(fc.oneof(cut, fc.string({ maxLength: 40 })), (text) => {
        parseInstruction(text, noFail);
      }),
      { numRuns: 1000 },
    );
  });
});
