// Promises of a trace about its fences: kept, broken with what was measured, and never empty.

import { isRight } from "effect/Either";
import { describe, expect, it } from "vitest";
import type { FenceRow } from "../../src/golden/model.ts";
import { brokenPromises } from "../../src/replay/promises.ts";
import { parseTrace } from "../../src/trace/parse.ts";
import { printTrace } from "../../src/trace/print.ts";
import type { Trace } from "../../src/trace/trace.ts";

function traceOf(text: string): Trace {
  const trace = parseTrace(`version: 1\nname: x\ndescription: x\n${text}events: []\n`);
  if (!isRight(trace)) throw new Error(trace.left.message);
  return trace.right;
}

const row: FenceRow = {
  fence: "7:1",
  driver: "drm_sched",
  timeline: "t",
  init: 0,
  queued: 100,
  run: 1_000,
  signalled: 50_000,
  error: 0,
  by: "irq/66-panthor-",
  path: ["irq/66-panthor-", "hardirq panthor-job"],
  stages: [
    ["irq_raised", 500],
    ["hardirq", 1_500],
    ["irq_thread", 20_000],
    ["signalled", 1_000],
  ],
};
const late: FenceRow = { ...row, fence: "7:2", by: "group_sync_upd_work", path: ["x"] };
const pending: FenceRow = { ...row, fence: "9:1", queued: -1, run: -1, signalled: -1, stages: [] };
const points = new Map([
  ["done:1", ["7:1"]],
  ["done:2", ["7:2"]],
  ["never", ["9:1"]],
]);

const broken = (promise: string): string[] =>
  brokenPromises(traceOf(`promises: ["${promise}"]\n`).promises, [row, late, pending], points).map(
    ({ text }) => text,
  );

describe("promises", () => {
  it.each([
    "fence done:1 signalled <= 23us after gpu done, by irq thread",
    "fence 7:1 signalled ≤ 23 µs after gpu done",
    "fence 7:1 irq thread <= 21500ns after irq raised",
    "fence done:1 signalled <= 50us after queued",
    "fence done:1 run <= 1us after queued",
    "fence done:* signalled <= 1ms after run",
    "fence done:2 signalled by group_sync_*",
    "every job hardirq <= 2us after gpu done",
  ])("%s is kept", (promise) => {
    expect(broken(promise)).toEqual([]);
  });

  it.each([
    [
      "fence done:1 signalled <= 22us after gpu done",
      "fence done:1 (7:1) is signalled 23.000 us after gpu done, by irq/66-panthor- " +
        "(gpu done +0.500 irq raised +1.500 hardirq +20.000 irq thread +1.000 signalled); " +
        "promised: fence done:1 signalled <= 22us after gpu done",
    ],
    [
      "fence done:1 signalled, by hardirq",
      "fence done:1 (7:1) is signalled by irq/66-panthor- < hardirq panthor-job; " +
        "promised: fence done:1 signalled, by hardirq",
    ],
    [
      "fence 7:1 work running <= 1us after gpu done",
      "fence 7:1 has no stage work running; " +
        "promised: fence 7:1 work running <= 1us after gpu done",
    ],
    [
      "fence never signalled, by irq thread",
      "fence never (9:1) is never signalled; promised: fence never signalled, by irq thread",
    ],
    [
      "fence dnoe:1 signalled, by irq thread",
      "no fence dnoe:1; promised: fence dnoe:1 signalled, by irq thread",
    ],
    [
      "every job signalled, by irq thread",
      "job 7:2 is signalled by group_sync_upd_work < x; " +
        "promised: every job signalled, by irq thread",
    ],
  ])("%s is broken", (promise, text) => {
    expect(broken(promise)).toEqual([text]);
  });

  it("a trace without jobs breaks what it promises of every job", () => {
    const { promises } = traceOf("promises: [every job signalled by hardirq]\n");
    expect(brokenPromises(promises, [pending], new Map())[0].text).toContain("no job was queued");
  });

  it("tells five of many, and counts the rest", () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...row, fence: `7:${i}` }));
    const { promises } = traceOf("promises: [every job signalled by hardirq]\n");
    const texts = brokenPromises(promises, many, new Map()).map(({ text }) => text);
    expect(texts).toHaveLength(6);
    expect(texts[5]).toContain("and 25 more of 30");
  });

  it("print and read back, with what is not promised", () => {
    const trace = traceOf(
      `promises: |
  fence out0 signalled ≤ 30 µs after gpu done, by irq thread
  every job hardirq <= 1.5us after irq raised
incidental:
  - {registers: "W JOB.* by tick_work", what: [entry, time], reason: 'a "quoted", reason: x'}
unordered:
  - {fences: ["7:*", "8:*"], reason: "two\\n lines"}
`,
    );
    const printed = printTrace(trace);
    expect(printed).toContain("fence out0 signalled <= 30us after gpu done, by irq thread");
    const again = parseTrace(printed);
    if (!isRight(again)) throw new Error(again.left.message);
    expect(printTrace(again.right)).toBe(printed);
    const { incidental, unordered } = again.right;
    expect(incidental).toMatchObject([{ section: "registers", what: ["time", "entry"] }]);
    expect(unordered).toMatchObject([{ patterns: ["7:*", "8:*"], reason: "two lines" }]);
  });
});
