// Differences of time between fences: each told once, where it begins.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffGoldens } from "../../src/diff/typed.ts";
import { type FenceRow, type Golden, goldenFormat } from "../../src/golden/model.ts";

const header = {
  format: goldenFormat,
  trace: "t",
  traceDigest: "00",
  revision: "r",
  profile: "p",
  seed: 0,
};

function job(i: number, change: Partial<FenceRow> = {}): FenceRow {
  const start = i * 100_000;
  return {
    fence: `7:${i}`,
    driver: "drm_sched",
    timeline: "q",
    init: start,
    queued: start + 10,
    run: start + 20,
    signalled: start + 50_000,
    error: 0,
    by: "group_sync_upd_work",
    path: [],
    stages: [
      ["hardirq", 1000],
      ["signalled", 2000],
    ],
    ...change,
  };
}

const golden = (fences: readonly FenceRow[]): Golden => ({
  header,
  fences,
  registers: [],
  log: [],
});

function shifted(f: FenceRow, ns: number, what: readonly (keyof FenceRow)[]): FenceRow {
  return { ...f, ...Object.fromEntries(what.map((k) => [k, (f[k] as number) + ns])) };
}

const all = ["init", "queued", "run", "signalled"] as const;
const told = (expected: readonly FenceRow[], actual: readonly FenceRow[]): string[] =>
  diffGoldens(golden(expected), golden(actual)).differences.map((d) => `${d.kind}: ${d.detail}`);

describe("times of fences", () => {
  const five = [1, 2, 3, 4, 5].map((i) => job(i));

  it("that all shift from some job on are one difference", () => {
    const late = five.map((f, i) => (i >= 2 ? shifted(f, 3000, all) : f));
    expect(told(five, late)).toEqual([
      "delayed: fence 7:3 is created 3.000 us later than expected",
    ]);
  });

  it.each(all)("%s alone, late for every job, is one difference", (what) => {
    const late = five.map((f) => shifted(f, 3000, [what]));
    expect(told(five, late)).toHaveLength(1);
    expect(told(five, late)[0]).toMatch(/^delayed: fence 7:1 is .* 3\.000 us later than expected$/);
  });

  it("that come back are told with it", () => {
    const once = five.map((f, i) => (i === 1 ? shifted(f, -2000, ["signalled"]) : f));
    expect(told(five, once)).toEqual([
      "delayed: fence 7:2 is signalled 2.000 us earlier than expected",
      "delayed: fence 7:3 is signalled on time again",
    ]);
  });

  it("that grow tell the step and the sum", () => {
    const growing = five.map((f, i) => shifted(f, Math.min(i, 2) * 1000, ["signalled"]));
    expect(told(five, growing)).toEqual([
      "delayed: fence 7:2 is signalled 1.000 us later than expected",
      "delayed: fence 7:3 is signalled 1.000 us later than expected (2.000 us later in all)",
    ]);
  });

  it("name the stage that takes longer", () => {
    const slow = five.map((f) =>
      job(Number(f.fence.slice(2)), {
        signalled: f.signalled + 500,
        stages: [
          ["hardirq", 1500],
          ["signalled", 2000],
        ],
      }),
    );
    expect(told(five, slow)).toEqual([
      "delayed: fence 7:1 is signalled 0.500 us later than expected; hardirq takes 0.500 us longer",
    ]);
  });

  it("of stages count where the signal is on time", () => {
    const stages = [["hardirq", 800] as const, ["signalled", 2200] as const];
    const other = five.map((f) => ({ ...f, stages }));
    expect(told(five, other)).toEqual([
      "delayed: fence 7:1: hardirq takes 0.200 us shorter, signalled takes 0.200 us longer",
    ]);
  });

  it("of another way are told as such", () => {
    const [one] = five;
    const other = [{ ...one, stages: [["irq_thread", 3000] as const] }];
    expect(told([one], other)).toEqual([
      "other value: fence 7:1 is completed through irq_thread, expected hardirq > signalled",
    ]);
  });

  it("are missing or extra where only one side has them", () => {
    const [one] = five;
    expect(told([one], [{ ...one, run: -1 }])).toEqual(["missing: fence 7:1 is never run"]);
    expect(told([{ ...one, run: -1 }], [one])).toEqual(["extra: fence 7:1 is run, never expected"]);
  });

  it("agree only where every time agrees", () => {
    const change = fc.record({
      at: fc.nat(4),
      what: fc.constantFrom(...all),
      ns: fc.integer({ min: -5, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
        const actual = five.slice();
        for (const { at, what, ns } of changes) actual[at] = shifted(actual[at], ns, [what]);
        const same = JSON.stringify(actual) === JSON.stringify(five);
        expect(diffGoldens(golden(five), golden(actual)).first === null).toBe(same);
      }),
    );
  });
});
