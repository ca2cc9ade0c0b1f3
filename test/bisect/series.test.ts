// Bisecting series: any planted patch is found, and the answer says how sure it is.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observed } from "../../src/bisect/observe.ts";
import { timelineDiffers } from "../../src/bisect/predicate.ts";
import { fenceLater } from "../../src/bisect/predicate-fence.ts";
import { warningHas } from "../../src/bisect/predicate-report.ts";
import { containing } from "../../src/bisect/pattern.ts";
import { type BisectRequest, bisectSeries } from "../../src/bisect/series.ts";
import { type Judgement, searchFirstBad } from "../../src/bisect/search.ts";
import type { Selector } from "../../src/bisect/stack.ts";
import { type MadeUpPatch, partOfStack, replayOf } from "./replays.ts";

const stack = fc
  .integer({ min: 1, max: 40 })
  .chain((count) =>
    fc.record({ count: fc.constant(count), planted: fc.integer({ min: 1, max: count }) }),
  );

const predicates = {
  timeline: timelineDiffers,
  fence: fenceLater(299),
  warning: warningHas(containing("BUG: pl")),
};
const kinds = Object.keys(predicates) as (keyof typeof predicates)[];

/** Answers late, in an order of the test's choosing. */
const late = <A>(value: A, turns: number): Promise<A> =>
  turns === 0 ? Promise.resolve(value) : Promise.resolve().then(() => late(value, turns - 1));

describe("the search", () => {
  it("narrows to the patches around prefixes that cannot be replayed", async () => {
    await fc.assert(
      fc.asyncProperty(stack, fc.func(fc.boolean()), async ({ count, planted }, broken) => {
        const truth = (n: number): Judgement => {
          if (n > 0 && n < count && broken(n)) return "skip";
          return n >= planted ? "bad" : "good";
        };
        const { between } = await searchFirstBad(0, count, { judge: truth });
        const { after, upTo } = between!;
        expect(truth(after)).toBe("good");
        expect(truth(upTo)).toBe("bad");
        expect(after < planted && planted <= upTo).toBe(true);
        for (let n = after + 1; n < upTo; n++) expect(truth(n)).toBe("skip");
      }),
    );
  });

  it("asks and answers the same however many hands there are", async () => {
    const truths = fc.array(fc.constantFrom<Judgement>("good", "bad", "skip"), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(truths, fc.integer({ min: 2, max: 9 }), async (truth, most) => {
        // More of them come on the way.
        let asked = 0;
        const hands = (): number => 1 + (asked++ % most);
        const steps: Judgement[] = ["good", ...truth, "bad"];
        const judge = (n: number): Promise<Judgement> => late(steps[n], (n * 7) % 5);
        const one = await searchFirstBad(0, steps.length - 1, { judge });
        const many = await searchFirstBad(0, steps.length - 1, { judge, hands });
        expect([many.between, [...many.judged]]).toEqual([one.between, [...one.judged]]);
      }),
    );
  });
});

describe("bisecting a series", () => {
  it("finds any planted patch in stacks of 1 to 40, with few replays, and is sure", async () => {
    await fc.assert(
      fc.asyncProperty(stack, fc.constantFrom(...kinds), async (s, kind) => {
        const patches = Array.from({ length: s.count }, (_, i) =>
          i + 1 === s.planted ? { delayNs: 300, log: "BUG: planted" } : { delayNs: 0 },
        );
        const asked: Selector[] = [];
        const result = await bisectSeries({
          count: s.count,
          good: 0,
          bad: s.count,
          more: 0,
          predicate: predicates[kind],
          observe: (selector) => {
            asked.push(selector);
            return replayOf(partOfStack(patches, selector));
          },
        });
        expect(result.patch).toBe(s.planted);
        expect(result.certainty).toBe("confirmed by leaving it out and alone");
        expect(result.effect!.fences.later!.maxNs).toBe(300);
        expect(asked.length).toBeLessThanOrEqual(4 + Math.ceil(Math.log2(s.count)));
        expect(new Set(asked).size).toBe(asked.length);
      }),
    );
  });

  it("finds it among prefixes that cannot be replayed, or says which it may be", async () => {
    const broken = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(stack, broken, fc.integer({ min: 1, max: 4 }), async (s, breaks, hands) => {
        const patches = Array.from({ length: s.count }, (_, i) => ({
          delayNs: i + 1 === s.planted ? 300 : 0,
          breaks: breaks[i] && i + 1 < s.count,
        }));
        const observe = (part: Selector): Observed => replayOf(partOfStack(patches, part));
        const request = { count: s.count, good: 0, bad: s.count, predicate: timelineDiffers };
        const result = await bisectSeries({ ...request, observe, hands: () => hands });
        expect(result.candidates).toContain(s.planted);
        const before = patches[s.planted - 2]?.breaks === true;
        const told = !before && !patches[s.planted - 1].breaks;
        expect(result.patch).toBe(told ? s.planted : null);
        expect(result).toEqual(await bisectSeries({ ...request, observe }));
      }),
    );
  });

  const bisect = (patches: readonly MadeUpPatch[], more: Partial<BisectRequest> = {}) =>
    bisectSeries({
      count: patches.length,
      good: 0,
      bad: patches.length,
      predicate: fenceLater(100),
      observe: (selector) => replayOf(partOfStack(patches, selector)),
      ...more,
    });

  it("is less sure where another patch is as bad", async () => {
    const result = await bisect([{ delayNs: 0 }, { delayNs: 200 }, { delayNs: 200 }]);
    expect([result.patch, result.certainty]).toEqual([2, "confirmed alone"]);
    expect(result.reasons.join()).toContain("others make it bad too");
  });

  it("is less sure where it takes two patches", async () => {
    const result = await bisect([{ delayNs: 60 }, { delayNs: 60 }]);
    expect([result.patch, result.certainty]).toEqual([2, "confirmed by leaving it out"]);
    expect(result.reasons.join()).toContain("it needs patches before it");
  });

  it("is less sure where the rest of the series takes the change back", async () => {
    const patches = [{ delayNs: 0 }, { delayNs: 200 }, { delayNs: -200 }];
    const result = await bisect(patches, { bad: 2 });
    expect([result.patch, result.certainty]).toEqual([2, "confirmed alone"]);
    expect(result.reasons.join()).toContain("the whole series is good again");
  });

  it("goes by order where neither trial can be replayed", async () => {
    const patches = [{ delayNs: 0 }, { delayNs: 200 }, { delayNs: 0 }];
    const result = await bisect(patches, {
      observe: (s) =>
        s.startsWith("@")
          ? replayOf(partOfStack(patches, s))
          : { ok: false, reason: "final().sched.newWork is not a function" },
    });
    expect([result.patch, result.certainty]).toEqual([2, "by order only"]);
    expect(result.notJudged.map((n) => n.selector)).toEqual(["~2", "+2"]);
    expect(result.reasons.join()).toContain("cannot be judged: final().sched.newWork");
  });

  it("sees that good turns bad more than once", async () => {
    const patches = [200, -200, 0, 0, 0, 200].map((delayNs) => ({ delayNs }));
    const result = await bisect(patches);
    expect(result.monotonic).toBe(false);
    expect(result.reasons.join()).toContain("bad from @1, good again from @2, bad again from @6");
    // Not looked at, not seen, and the report says so.
    const quick = await bisect(patches, { more: 0 });
    expect([quick.patch, quick.monotonic]).toEqual([6, true]);
    expect(quick.reasons.join()).toContain("were not replayed");
  });

  it("finds nothing where the bad end is good", async () => {
    const result = await bisect([{ delayNs: 50 }, { delayNs: 50 }]);
    expect([result.patch, result.certainty]).toEqual([null, "none"]);
    expect(result.reasons[0]).toContain("@2 is good");
  });
});
