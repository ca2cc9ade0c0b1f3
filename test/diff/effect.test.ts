// What a patch changes, told from two observations.

import { describe, expect, it } from "vitest";
import { effectOf, type Observation } from "../../src/diff/effect.ts";
import type { FenceRow, RegisterRow } from "../../src/golden/model.ts";
import { effectLines, mailColumns, patchLines, seriesText, wrap } from "../../src/report/series.ts";
import { walkSeries } from "../../src/cli/run-series.ts";

const header = {
  format: 1,
  trace: "t",
  traceDigest: "0",
  revision: "r",
  profile: "p",
  seed: 0,
} as const;

const fence = (seqno: number, over: Partial<FenceRow> = {}): FenceRow => ({
  fence: `1:${seqno}`,
  driver: "drm_sched",
  timeline: "q",
  init: seqno * 1000,
  queued: seqno * 1000,
  run: seqno * 1000 + 10,
  signalled: seqno * 1000 + 500,
  error: 0,
  by: "group_sync_upd_work",
  path: ["irq thread", "hardirq"],
  stages: [["hardirq", 300]],
  ...over,
});

const access = (time: number, register: string): RegisterRow => ({
  time,
  cpu: 0,
  context: "tick_work",
  direction: "W",
  register,
  value: "00000001",
  fields: "",
});

const observation = (over: {
  fences?: readonly FenceRow[];
  registers?: readonly RegisterRow[];
  works?: Record<string, number>;
  digest?: string;
  log?: readonly string[];
  findings?: readonly string[];
}): Observation => ({
  golden: {
    header,
    fences: over.fences ?? [1, 2, 3].map((n) => fence(n)),
    registers: over.registers ?? [access(5, "A.ONE"), access(9, "A.TWO")],
    log: (over.log ?? []).map((text) => ({ time: 1, level: "warn", text })),
  },
  works: over.works ?? { tick_work: 3 },
  digest: over.digest ?? "d",
  findings: over.findings ?? [],
});

describe("effect of a patch", () => {
  it("is empty between equal replays", () => {
    const effect = effectOf(observation({}), observation({}));
    expect(effect.identical).toBe(true);
    expect(effect.unchanged).toBe(true);
    expect(effectLines(effect)).toEqual([]);
  });

  it("tells earlier and later fences and who signals them, the common case once", () => {
    const after = [
      fence(1, {
        by: "irq thread",
        path: ["hardirq"],
        signalled: 1400,
        stages: [["hardirq", 200]],
      }),
      fence(2, {
        by: "irq thread",
        path: ["hardirq"],
        signalled: 2200,
        stages: [["hardirq", 200]],
      }),
      fence(3, { signalled: 3900 }),
    ];
    const { fences } = effectOf(observation({}), observation({ fences: after, digest: "e" }));
    expect(fences.earlier).toEqual({ count: 2, minNs: 100, medianNs: 300, maxNs: 300 });
    expect(fences.later).toEqual({ count: 1, minNs: 400, medianNs: 400, maxNs: 400 });
    expect(fences.latency).toEqual({ beforeNs: 300, afterNs: 200 });
    expect(fences.contexts).toEqual([
      { what: "signalled by irq thread, was group_sync_upd_work", count: 2 },
    ]);
  });

  it("tells a signaller who stays by what starts him, and what is said of many fences once", () => {
    const rerouted = [1, 2, 3].map((n) => fence(n, { path: ["timer", "hardirq"] }));
    const { contexts } = effectOf(observation({}), observation({ fences: rerouted })).fences;
    expect(contexts).toEqual([
      {
        what: "signalled by group_sync_upd_work by way of timer, was by way of irq thread",
        count: 3,
      },
    ]);
    const pending = [1, 2, 3].map((n) => fence(n, { signalled: -1, by: "", path: [] }));
    const { other } = effectOf(observation({}), observation({ fences: pending })).fences;
    expect(other).toEqual([{ what: "never signalled", count: 3 }]);
  });

  it("tells accesses that go here and come there as moved", () => {
    const poll = Array.from({ length: 60 }, (_, i) => access(100 + i, `B.POLL_${i}`));
    const registers = [access(5, "A.ONE"), ...poll];
    const later = [...poll, access(5_000_000, "A.ONE"), access(5_000_001, "A.ONE")];
    const both = [observation({ registers }), observation({ registers: later })] as const;
    const effect = effectOf(...both);
    const { added, removed, moved } = effect.registers;
    expect(removed).toEqual([]);
    expect(added).toEqual([{ what: "W A.ONE by tick_work", count: 1 }]);
    expect(moved).toEqual([{ what: "W A.ONE by tick_work", count: 1 }]);
    // The head of the report has the numbers of its lists.
    expect(effectLines(effect)[0]).toMatch(/^ {2}differences {3}1 extra, 1 moved/);
  });

  it("tells accesses, work items, log lines and findings that come and go", () => {
    const effect = effectOf(
      observation({ log: ["old"], findings: ["gone"] }),
      observation({
        registers: [access(5, "A.ONE"), access(6, "B.NEW")],
        works: { tick_work: 1, sync_upd_work: 2 },
        log: ["new"],
        findings: ["came"],
        digest: "e",
      }),
    );
    expect(effect.registers.added).toEqual([{ what: "W B.NEW by tick_work", count: 1 }]);
    expect(effect.registers.removed).toEqual([{ what: "W A.TWO by tick_work", count: 1 }]);
    expect(effect.works.added).toEqual([{ what: "sync_upd_work", count: 2 }]);
    expect(effect.works.removed).toEqual([{ what: "tick_work", count: 2 }]);
    expect(effect.log).toEqual({ added: ["new"], removed: ["old"] });
    expect(effect.findings).toEqual({ added: ["came"], removed: ["gone"], changed: [] });
  });

  it("tells nothing of a route that goes round once more", () => {
    const again = [1, 2, 3].map((n) => fence(n, { path: ["irq thread", "irq thread", "hardirq"] }));
    expect(effectOf(observation({}), observation({ fences: again })).fences.contexts).toEqual([]);
  });

  it("tells fences that come, go and fail in its own words", () => {
    const after = [fence(1, { error: -110 }), fence(2), fence(4, { timeline: "xgs-fence" })];
    const { other } = effectOf(observation({}), observation({ fences: after })).fences;
    expect(other.map(({ what }) => what)).toEqual([
      "with error -110, was 0",
      "no longer created on q",
      "new on xgs-fence",
    ]);
  });

  it("compares the same fences, whatever numbers their contexts have", () => {
    const fences = [1, 2, 3].map((n) =>
      fence(n, { fence: `4:${n}`, timeline: "panthor-queue-1-2-0" }),
    );
    const before = [1, 2, 3].map((n) => fence(n, { timeline: "panthor-queue-1-1-0" }));
    // Another queue has the number that these fences had.
    const other = [1, 2, 3].map((n) => fence(n, { timeline: "panthor_xgs", signalled: 90_000 }));
    const effect = effectOf(
      observation({ fences: before }),
      observation({ fences: [...other, ...fences] }),
    );
    expect(effect.fences.earlier).toBeNull();
    expect(effect.fences.later).toBeNull();
    expect(effect.fences.other).toEqual([
      { what: "on panthor-queue-1-2-0, was on panthor-queue-1-1-0", count: 3 },
      { what: "new on panthor_xgs", count: 3 },
    ]);
  });

  it("takes queues whose handles are others by one for the same, in their order", () => {
    const queues = (first: number, late: number) =>
      [0, 1, 2].map((i) =>
        fence(1, {
          fence: `${first + i}:1`,
          timeline: `panthor-queue-1-${first + i}-0`,
          init: i * 1000,
          signalled: i * 1000 + late,
        }),
      );
    const effect = effectOf(
      observation({ fences: queues(1, 500) }),
      observation({ fences: queues(2, 500) }),
    );
    expect([effect.fences.earlier, effect.fences.later]).toEqual([null, null]);
    expect(effect.fences.other.map(({ what }) => what)).toEqual([
      "on panthor-queue-1-2-0, was on panthor-queue-1-1-0",
      "on panthor-queue-1-3-0, was on panthor-queue-1-2-0",
      "on panthor-queue-1-4-0, was on panthor-queue-1-3-0",
    ]);
  });

  it("tells of a chain of fences by its name", () => {
    const chain = fence(7, { fence: "9:1", driver: "dma_fence_chain", timeline: "unbound" });
    const fences = [1, 2, 3].map((n) => fence(n));
    const { other } = effectOf(observation({}), observation({ fences: [...fences, chain] })).fences;
    expect(other).toEqual([{ what: "new in a dma_fence_chain", count: 1 }]);
  });

  it("tells nothing of what a machine does all the time", () => {
    const works = { tick_work: 3, crng_reseed: 9 };
    const effect = effectOf(
      { ...observation({}), interrupts: { "hr timer": 5, "panthor-job": 1 } },
      { ...observation({ works, digest: "e" }), interrupts: { "hr timer": 900, "panthor-job": 2 } },
    );
    expect(effect.works).toEqual({ added: [], removed: [] });
    expect(effect.interrupts.added).toEqual([{ what: "panthor-job", count: 1 }]);
  });
});

describe("findings of two replays", () => {
  const lines = (before: string[], after: string[]) =>
    effectLines(
      effectOf(observation({ findings: before }), observation({ findings: after, digest: "e" })),
    );

  it("of one expectation are one change", () => {
    expect(
      lines(
        ["line 5: group_kick: return value is -14, expected success"],
        ["line 5: group_kick: return value is -22, expected success"],
      ),
    ).toEqual(["  finding       line 5: group_kick: return value is -22, was -14"]);
  });

  it("that are alike are told once", () => {
    const missed = (line: number) => `line ${line}: sync_update: return value is -22, expected 0`;
    expect(
      lines([], [missed(4), missed(7), missed(9)])
        .join(" ")
        .replace(/\s+/g, " "),
    ).toBe(" finding + line 4: sync_update: return value is -22, expected 0 (and 2 like it)");
  });

  it("of a check are the same wherever they come in the timeline", () => {
    const check = (entry: number) =>
      `check unmap-region: nothing is locked (entry ${entry}, 1.0 us, a < b)`;
    expect(lines([check(5)], [check(7)])).toEqual([]);
    expect(lines([check(5)], [check(7), check(9)])).toEqual([
      "  finding +     check unmap-region: nothing is locked",
    ]);
  });

  it("begin with the replay that did not get as far", () => {
    const end = "virtual time of 60 s is used up";
    const [first, second, third] = lines(
      ["line 2: open: return value is -19, expected success", end],
      ["line 9: close: return value is -9, expected success"],
    );
    expect(first).toBe("  finding -     virtual time of 60 s is used up (what comes after was");
    expect(second.trim()).toBe("not reached)");
    expect(third).toContain("line 2: open");
  });
});

describe("series report", () => {
  const patch = (title: string) => ({ title }) as never;
  const series = { id: "s", title: "A series", base: "b", patches: ["x", "y", "z"].map(patch) };
  const report = (patches: ReturnType<typeof walkSeries>) => ({
    series: "s",
    title: "A series",
    base: "b",
    trace: "t",
    profile: "p",
    patches,
  });

  it("compares each prefix with the last that could be replayed", () => {
    const states = [observation({}), null, observation({}), observation({ works: { other: 1 } })];
    const patches = walkSeries(series, (n) => {
      const o = states[n];
      return o === null ? { ok: false, reason: "broken" } : { ok: true, observation: o };
    });
    expect(patches.map((p) => p.problem)).toEqual([
      "cannot be replayed up to this patch: broken",
      null,
      null,
    ]);
    const text = seriesText(report(patches)).join("\n");
    expect(text).toContain("[2/3] y\n  no observable change");
    expect(effectLines(patches[2].effect!)).toEqual([
      "  queued +      1 other",
      "  queued -      3 tick_work",
    ]);
  });

  it("says what differs where no fence, access or work does", () => {
    const lines = (kinds: Record<string, number>, locks: Record<string, number>, digest: string) =>
      patchLines({
        problem: null,
        effect: effectOf(
          { ...observation({}), kinds: { timer_start: 4 }, locks: {} },
          { ...observation({ digest }), kinds, locks },
        ),
      });
    expect(lines({ timer_start: 4 }, {}, "d")).toEqual([
      "  no observable change (the whole timeline is identical)",
    ]);
    expect(lines({ timer_start: 4 }, { "&sched->lock": 3 }, "d")).toEqual([
      "  no observable change but for locks (the whole timeline is identical)",
      "  locks +       3 &sched->lock",
    ]);
    expect(lines({ timer_start: 6 }, {}, "e")).toEqual([
      "  no observable change",
      "  entries +     2 timer_start",
    ]);
    expect(lines({ timer_start: 4 }, {}, "e")).toEqual([
      "  no observable change (the same entries but for order and values)",
    ]);
  });

  it("tells once what is the same without several patches, and in either order", () => {
    const effect = effectOf(observation({}), observation({}));
    const nothing = { effect, problem: null };
    const patches = [1, 2, 3].map((number) => ({ number, title: "x", ...nothing }));
    const left = (n: number) => ({ leftOut: n, swapped: null, between: null, ...nothing });
    const swap = (n: number) => ({
      ...{ leftOut: null, swapped: [n, n + 1] as const, between: nothing, ...nothing },
    });
    const broken = { effect: null, problem: "cannot be replayed: no" };
    const text = seriesText({
      ...report(patches),
      variants: [left(1), { ...left(2), ...broken }, left(3), swap(1), swap(2)],
    }).join("\n");
    expect(text).toContain("\nwithout 1, 3\n  no observable change");
    expect(text).toContain("\nwithout 2\n  cannot be replayed: no");
    expect(text).toMatch(/\n\npatch 2, 3\n {2}the same as with it$/);
  });

  it("keeps every line below 72 columns", () => {
    const long = "a_very_long_context_name ".repeat(9) + "x".repeat(200);
    for (const line of wrap(long, 0, 17)) expect(line.length).toBeLessThanOrEqual(mailColumns);
    expect(wrap(long, 0, 17).join("").replace(/\s+/g, "")).toBe(long.replace(/\s+/g, ""));
  });
});
