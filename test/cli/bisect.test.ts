// Bisecting series: any planted patch is found, and the answer says how sure it is.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bisectSeries } from "../../src/cli/bisect-series.ts";
import { fenceLater, timelineDiffers, warningHas } from "../../src/cli/bisect-predicate.ts";
import { type Judgement, searchFirstBad } from "../../src/cli/bisect-search.ts";
import type { Observed } from "../../src/cli/observe.ts";
import type { FenceRow } from "../../src/golden/model.ts";
import { cli, trace } from "./run-cli.ts";

const header = {
  format: 1,
  trace: "t",
  traceDigest: "0",
  revision: "r",
  profile: "p",
  seed: 0,
} as const;

/** A replay of patches that each delay the only fence by so many ns, and log what they log. */
function replayOf(patches: readonly { delayNs: number; log?: string }[]): Observed {
  const delay = patches.reduce((sum, { delayNs }) => sum + delayNs, 0);
  const fence: FenceRow = {
    fence: "1:1",
    driver: "d",
    timeline: "t",
    init: 0,
    queued: 0,
    run: 1,
    signalled: 1000 + delay,
    error: 0,
    by: "irq",
    path: [],
    stages: [],
  };
  const log = patches.flatMap(({ log: text }) =>
    text === undefined ? [] : [{ time: 5, level: "warn", text }],
  );
  const golden = { header, fences: [fence], registers: [], log };
  const observation = { golden, works: {}, digest: JSON.stringify(golden), findings: [] };
  return { ok: true, observation };
}

type Selector = `@${number}` | `~${number}`;

function pick<T>(patches: readonly T[], selector: Selector): T[] {
  const n = Number(selector.slice(1));
  return selector.startsWith("@") ? patches.slice(0, n) : patches.filter((_, i) => i !== n - 1);
}

const stack = fc
  .integer({ min: 1, max: 40 })
  .chain((count) =>
    fc.record({ count: fc.constant(count), planted: fc.integer({ min: 1, max: count }) }),
  );

describe("bisect", () => {
  it("finds any planted patch in stacks of 1 to 40, with few replays, and is sure", () => {
    fc.assert(
      fc.property(stack, fc.constantFrom("timeline", "fence", "warning"), (s, what) => {
        const patches = Array.from({ length: s.count }, (_, i) =>
          i + 1 === s.planted ? { delayNs: 300, log: "BUG: planted" } : { delayNs: 0 },
        );
        const asked: Selector[] = [];
        const result = bisectSeries({
          count: s.count,
          good: 0,
          bad: s.count,
          predicate:
            what === "timeline"
              ? timelineDiffers
              : what === "fence"
                ? fenceLater(299)
                : warningHas("BUG: pl"),
          observe: (selector) => {
            asked.push(selector);
            return replayOf(pick(patches, selector));
          },
        });
        expect(result.patch).toBe(s.planted);
        expect(result.certainty).toBe("certain");
        expect(result.effect!.fences.later!.maxNs).toBe(300);
        expect(asked.length).toBeLessThanOrEqual(3 + Math.ceil(Math.log2(s.count)));
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  it("narrows to the patches around prefixes that cannot be replayed", () => {
    fc.assert(
      fc.property(stack, fc.func(fc.boolean()), ({ count, planted }, broken) => {
        const truth = (n: number): Judgement => {
          if (n > 0 && n < count && broken(n)) return "skip";
          return n >= planted ? "bad" : "good";
        };
        const { between } = searchFirstBad(0, count, truth);
        const { after, upTo } = between!;
        expect(truth(after)).toBe("good");
        expect(truth(upTo)).toBe("bad");
        expect(after < planted && planted <= upTo).toBe(true);
        for (let n = after + 1; n < upTo; n++) expect(truth(n)).toBe("skip");
      }),
    );
  });

  const bisect = (patches: readonly { delayNs: number }[], ns = 100, bad = patches.length) =>
    bisectSeries({
      count: patches.length,
      good: 0,
      bad,
      predicate: fenceLater(ns),
      observe: (selector) => replayOf(pick(patches, selector)),
    });

  it("is not sure where another patch is as bad", () => {
    const result = bisect([{ delayNs: 0 }, { delayNs: 200 }, { delayNs: 200 }]);
    expect([result.patch, result.certainty]).toEqual([2, "likely"]);
    expect(result.reasons.at(-1)).toContain("others make it bad too");
  });

  it("is not sure where the rest of the series takes the change back", () => {
    const result = bisect([{ delayNs: 0 }, { delayNs: 200 }, { delayNs: -200 }], 100, 2);
    expect([result.patch, result.certainty]).toEqual([2, "likely"]);
    expect(result.reasons.at(-1)).toContain("the whole series is good again");
  });

  it("is not sure where leaving the patch out cannot be replayed", () => {
    const patches = [{ delayNs: 0 }, { delayNs: 200 }];
    const result = bisectSeries({
      count: 2,
      good: 0,
      bad: 2,
      predicate: fenceLater(1),
      observe: (s) =>
        s.startsWith("~") ? { ok: false, reason: "no such" } : replayOf(pick(patches, s)),
    });
    expect([result.patch, result.certainty]).toEqual([2, "likely"]);
  });

  it("finds nothing where the bad end is good", () => {
    const result = bisect([{ delayNs: 50 }, { delayNs: 50 }]);
    expect([result.patch, result.certainty]).toEqual([null, "none"]);
    expect(result.reasons[0]).toContain("@2 is good");
  });

  it("finds the patch of a real series on the command line", async () => {
    const args = ["bisect", trace, "--series", "irq-latency-v3", "--good", "irq-latency-v3@4"];
    const run = await cli([...args, "--json"]);
    expect(run.err).toBe("");
    expect(run.code).toBe(0);
    const { patch, title, effect } = JSON.parse(run.out) as {
      patch: number;
      title: string;
      effect: { fences: { contexts: { what: string }[] } };
    };
    expect([patch, title]).toEqual([5, "Don't defer job completion checks"]);
    expect(effect.fences.contexts[0].what).toContain("was group_sync_upd_work");
  });

  it.each([
    [["--good", "linux-7.3"], "give --series NAME, or --good REV and --bad REV"],
    [["--series", "irq-latency-v4"], "did you mean irq-latency-v"],
    [["--good", "irq-latency-v3@5", "--bad", "irq-latency-v3@2"], "is not before"],
    [["--good", "irq-latency-v3~5", "--bad", "irq-latency-v3"], "expected linux-7.3"],
    [["--series", "irq-latency-v3", "--fence-later", "soon"], "--fence-later soon"],
  ])("refuses %j", async (args, message) => {
    const run = await cli(["bisect", trace, ...args]);
    expect(run.code).toBe(129);
    expect(run.err).toContain(message);
  });
});
