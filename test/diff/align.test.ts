import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { align, internKeys } from "../../src/diff/align.ts";

const sequence = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 40 });

/** Length of the longest common subsequence, the slow way. */
function lcs(a: readonly number[], b: readonly number[]): number {
  const row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j];
      row[j] = x === b[j - 1] ? diagonal + 1 : Math.max(row[j], row[j - 1]);
      diagonal = above;
    }
  }
  return row[b.length];
}

describe("align", () => {
  it("pairs only equal elements, in order, each once", () => {
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        const { left, right, matched } = align(Int32Array.from(a), Int32Array.from(b));
        let last = -1;
        let pairs = 0;
        left.forEach((j, i) => {
          if (j < 0) return;
          expect(a[i]).toBe(b[j]);
          expect(j).toBeGreaterThan(last);
          expect(right[j]).toBe(i);
          last = j;
          pairs++;
        });
        expect(matched).toBe(pairs);
      }),
    );
  });

  it("is empty of differences for identical sequences", () => {
    fc.assert(
      fc.property(sequence, (a) => {
        expect(align(Int32Array.from(a), Int32Array.from(a)).matched).toBe(a.length);
      }),
    );
  });

  it("finds a longest common subsequence when no symbol is unique", () => {
    const repeated = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 12, maxLength: 30 });
    fc.assert(
      fc.property(repeated, repeated, (a, b) => {
        // Doubling every symbol leaves no unique anchor, so Myers' exact algorithm runs alone.
        const double = (s: number[]): number[] => s.flatMap((x) => [x, x]);
        const [da, db] = [double(a), double(b)];
        expect(align(Int32Array.from(da), Int32Array.from(db)).matched).toBe(lcs(da, db));
      }),
    );
  });

  it("keeps the order of a large sequence with a few edits", () => {
    const a = Array.from({ length: 100_000 }, (_, i) => `k${i % 977}`);
    const b = a.slice();
    b.splice(50_000, 3);
    b.splice(70_000, 0, "new", "new");
    const [ka, kb] = internKeys(a, b);
    expect(align(ka, kb).matched).toBe(a.length - 3);
  });
});
