// The typed difference leaves nothing out: applied to one side it gives the other.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDifference } from "../../src/diff/apply.ts";
import type { Difference } from "../../src/diff/difference.ts";
import { diffGoldens } from "../../src/diff/typed.ts";
import type { Golden } from "../../src/golden/model.ts";
import { arbitraryGolden, relatedGoldens } from "./goldens.ts";

const runs = { numRuns: 500 };

/** Without the CPU, which is not compared. */
const compared = (g: Golden): unknown => ({
  fences: g.fences,
  registers: g.registers.map((r) => ({ ...r, cpu: 0 })),
  log: g.log,
});

/** Differences as they come back from a JSON file. */
const stored = (ds: readonly Difference[]): Difference[] =>
  JSON.parse(JSON.stringify(ds)) as Difference[];

describe("the typed difference", () => {
  it("of a golden and itself is empty", () => {
    fc.assert(
      fc.property(arbitraryGolden, (a) => {
        expect(diffGoldens(a, structuredClone(a)).differences).toEqual([]);
      }),
    );
  });

  it.each([
    ["alike", relatedGoldens],
    ["of nothing in common", fc.tuple(arbitraryGolden, arbitraryGolden)],
  ])("turns one golden into the other: %s", (_, pairs) => {
    fc.assert(
      fc.property(pairs as fc.Arbitrary<readonly [Golden, Golden]>, ([a, b]) => {
        const { differences } = diffGoldens(a, b);
        expect(compared(applyDifference(a, stored(differences)))).toEqual(compared(b));
      }),
      runs,
    );
  });

  it("is empty only where the goldens are the same", () => {
    fc.assert(
      fc.property(relatedGoldens, ([a, b]) => {
        const same = JSON.stringify(compared(a)) === JSON.stringify(compared(b));
        expect(diffGoldens(a, b).first === null).toBe(same);
      }),
      runs,
    );
  });

  it("has what is missing as extra when the sides are swapped, and the rest alike", () => {
    fc.assert(
      fc.property(relatedGoldens, ([a, b]) => {
        const there = diffGoldens(a, b).counts;
        const back = diffGoldens(b, a).counts;
        expect(back.missing).toBe(there.extra);
        expect(back.extra).toBe(there.missing);
        for (const kind of ["moved", "other value", "other context", "other error"] as const) {
          expect(back[kind], kind).toBe(there[kind]);
        }
        // Where a shift begins depends on whose order is followed, whether there is one does not.
        expect(back.delayed > 0).toBe(there.delayed > 0);
      }),
      runs,
    );
  });
});
