// The language of predicates: what it says, and what is said where it cannot be read.

import { describe, expect, it } from "vitest";
import type { ReplayObservation } from "../../src/bisect/observe.ts";
import { parsePredicate } from "../../src/bisect/predicate-parse.ts";
import { replayOf } from "./replays.ts";

const observed = (delayNs: number, log?: string): ReplayObservation => {
  const o = replayOf([{ delayNs, ...(log === undefined ? {} : { log }) }]);
  if (!o.ok) throw new Error(o.reason);
  return {
    ...o.observation,
    checks: log === undefined ? [] : ["references"],
    findings: log === undefined ? [] : ["check references: one is left"],
    unmet: log === undefined ? [] : ["line 7: vm_bind: return value is -12, expected 0"],
    calls: [{ name: "VM_BIND", ret: log === undefined ? 0 : -12, task: "app-1" }],
  };
};

const none = {
  golden: () => {
    throw new Error("no golden");
  },
};
const parse = (text: string) => parsePredicate(text, none);

const good = observed(0);
const bad = observed(40_000, "WARNING: possible recursive locking detected");

describe("predicates", () => {
  it.each([
    "timeline differs",
    "entries differ",
    "fence any later",
    "fence 1:1 later than 30us",
    "fence done:1 later than 39.999us",
    "fence t later than 30us after gpu done",
    "fence done:1 later than 40us after irq raised",
    "fence any later than 1ns after queued",
    "fence 1:1 by irq and warning",
    'warning "recursive locking"',
    "warning recursive locking detected",
    "warning /RECURSIVE.*detected/i",
    "check references",
    "check",
    "finding one is left",
    "result /-12/",
    "vm_bind returns -ENOMEM",
    "VM_BIND fails",
    "call returns -12",
    "exit 1",
    "difference delayed of fences",
    "difference extra of log recursive",
    "not deadlock and not fence any pending",
    "deadlock or budget or timeline differs",
  ])("%s: true of the bad end, false of the good one", (text) => {
    const predicate = parse(text);
    expect(predicate.evidence(good, bad)).toEqual(expect.any(String));
    if (!text.startsWith("not")) {
      // What compares is asked about the good end against itself.
      if (!/after queued/.test(text)) expect(predicate.evidence(good, good)).toBeNull();
    }
  });

  it.each([
    "fence 1:1 later than 40us",
    "fence any fails",
    "fence any fails with -ETIMEDOUT",
    "fence any pending",
    "fence any by hardirq",
    "check held-locks",
    "deadlock",
    "budget",
    "exit 0",
    "defect",
    "group_submit fails",
    "difference moved",
    "timeline differs and deadlock",
  ])("%s: not true of the bad end", (text) => {
    expect(parse(text).evidence(good, bad)).toBeNull();
  });

  it("binds and closer than or", () => {
    expect(parse("timeline differs or deadlock and budget").evidence(good, bad)).not.toBeNull();
    expect(parse("deadlock and budget or timeline differs").evidence(good, bad)).not.toBeNull();
    expect(parse("deadlock or budget and timeline differs").evidence(good, bad)).toBeNull();
  });

  it("speaks of defects of the model", () => {
    expect(parse("defect /register/").ofDefect!({ reason: "no such register" })).not.toBeNull();
    expect(parse("exit 150").ofDefect!({ reason: "anything" })).not.toBeNull();
    expect(parse("warning anything").ofDefect).toBeUndefined();
  });

  it("says which fences there are where a name is none", () => {
    expect(parse("fence out0 later").problem!(good)).toContain("expected one of done:1, 1:1");
    expect(parse("check references and fence done:1 later").problem!(good)).toBeNull();
  });

  it.each([
    ["", 1, "expected a predicate"],
    ["fense any later", 1, "did you mean fence?"],
    ["fence any latr", 11, "did you mean later?"],
    ["fence any later than soon", 22, "a duration such as 30us"],
    ["fence any later than 1us after irq thred", 32, "did you mean irq thread?"],
    ["check reference", 7, "did you mean references?"],
    ["warning /(/", 9, "Invalid regular expression"],
    ['warning "x', 9, "a quote is not closed"],
    ["timeline differs but", 18, "expected and, or, or the end"],
    ["vm_bind returns EWHAT", 17, "a return value"],
    ["exit soon", 6, "an exit code"],
  ])("%j is refused at column %i", (text, column, problem) => {
    expect(() => parse(text)).toThrow(`--predicate:1:${column}: `);
    expect(() => parse(text)).toThrow(problem);
  });
});
