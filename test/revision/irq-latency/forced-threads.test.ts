// A kernel that runs interrupt handlers in threads (RT, or `threadirqs`): every prefix of every version
// completes what the trace asks for, and warns only of what is wrong with that version.

import { describe, expect, it } from "vitest";
import { completions, eventsOf, run, traceFile } from "./measure.ts";

const text = traceFile("06-runtime-pm");
const forced = text.replace(
  "profile: zero-cost\n",
  "profile: zero-cost\noptions:\n  threadirqs: true\n",
);

const warnings = (r: ReturnType<typeof run>): string[] => [
  ...new Set(
    eventsOf(r)
      .filter((e) => e.name === "printk" && /WARNING|BUG/.test(e.str("text")))
      .map((e) => e.str("text")),
  ),
];

const prefixes = (version: string, first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `irq-latency-${version}@${first + i}`);

/** IRQ-8: the assertion that names the wrong lock. */
const wrongAssertion = /lockdep_assert_held\(&sched->lock\)/;
/** IRQ-7: locks of the completion are not interrupt-safe. */
const unsafe = /inconsistent lock state/;

describe("with forced interrupt threads", () => {
  it("is another kernel", () => {
    expect(forced).not.toBe(text);
  });

  it.each([
    ...prefixes("v3", 0, 7),
    ...prefixes("merged", 4, 9),
    ...prefixes("v2", 4, 11),
    ...prefixes("v1", 4, 5),
  ])("%s completes, without a warning", (revision) => {
    const r = run(forced, revision);
    expect(completions(r).map((c) => c.by)).not.toContain("hardirq");
    expect(completions(r)).toHaveLength(3);
    expect([warnings(r), r.unmet, r.findings]).toEqual([[], [], []]);
  });

  it("v1 asserts the wrong lock from patch 6 on", () => {
    for (const revision of prefixes("v1", 6, 8)) {
      expect(warnings(run(forced, revision)), revision).toEqual([
        expect.stringMatching(wrongAssertion),
      ]);
    }
  });

  it("the plain locks of v1 9/10 are no problem in a thread, and one in hard interrupt context", () => {
    expect(warnings(run(forced, "irq-latency-v1@9")).some((w) => unsafe.test(w))).toBe(false);
    expect(warnings(run(text, "irq-latency-v1@9")).some((w) => unsafe.test(w))).toBe(true);
  });

  it("the timer that coalesces in v1 10/10 stays in hard interrupt context", () => {
    expect(warnings(run(forced, "irq-latency-v1")).some((w) => unsafe.test(w))).toBe(true);
  });
});
