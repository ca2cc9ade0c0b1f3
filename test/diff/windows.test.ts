// Long sequences are aligned window by window: as good as at once, whichever side comes first.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignKeys, type Alignment } from "../../src/diff/align.ts";
import { alignSequences } from "../../src/diff/windows.ts";

const windowed = (a: readonly string[], b: readonly string[]): Alignment =>
  alignSequences({
    leftLength: a.length,
    rightLength: b.length,
    equal: (i, j) => a[i] === b[j],
    leftKey: (i) => a[i],
    rightKey: (j) => b[j],
  });

const keys = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 600 });

/** A copy with some elements dropped, doubled or changed. */
const edited = fc
  .tuple(keys, fc.infiniteStream(fc.integer({ min: 0, max: 60 })))
  .map(([a, rolls]) => {
    const b = a.flatMap((x) => {
      const roll = rolls.next().value ?? 0;
      return roll === 0 ? [] : roll === 1 ? [x, "new"] : roll === 2 ? ["other"] : [x];
    });
    return [a, b] as const;
  });

describe("windowed alignment", () => {
  it("pairs equal elements in order, each once", () => {
    fc.assert(
      fc.property(edited, ([a, b]) => {
        const { left, right, matched } = windowed(a, b);
        let last = -1;
        let pairs = 0;
        left.forEach((j, i) => {
          if (j < 0) return;
          expect(b[j]).toBe(a[i]);
          expect(right[j]).toBe(i);
          expect(j).toBeGreaterThan(last);
          last = j;
          pairs++;
        });
        expect(matched).toBe(pairs);
      }),
    );
  });

  it("is the same when the sides are swapped", () => {
    fc.assert(
      fc.property(edited, ([a, b]) => {
        const there = windowed(a, b);
        const back = windowed(b, a);
        expect(back.left).toEqual(there.right);
        expect(back.right).toEqual(there.left);
      }),
    );
  });

  it("finds nearly as much as the alignment of the whole", () => {
    fc.assert(
      fc.property(edited, ([a, b]) => {
        const { matched } = windowed(a, b);
        expect(matched).toBeGreaterThanOrEqual(alignKeys(a, b).matched * 0.95 - 2);
      }),
    );
  });

  it("goes on behind a block that is longer than the first window", () => {
    const a = Array.from({ length: 3000 }, (_, i) => `k${i}`);
    const block = Array.from({ length: 700 }, (_, i) => `new${i}`);
    const b = [...a.slice(0, 1000), ...block, ...a.slice(1000)];
    const { matched, left } = windowed(a, b);
    expect(matched).toBe(3000);
    expect(left[1000]).toBe(1700);
  });
});
