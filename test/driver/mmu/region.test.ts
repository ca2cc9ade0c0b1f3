// Encoding of lock regions.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asOps } from "../../../src/driver/mmu/as.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import type { Driver } from "../../../src/driver/driver.ts";

const ptdev = { base: { warnOnOnce: (c: boolean) => c } } as unknown as PanthorDevice;
const { packRegionRange } = asOps({} as Driver);

describe("packRegionRange", () => {
  const kib = 1024;
  const mib = 1024 * kib;
  it.each([
    { start: 0x10000, size: 4 * kib, value: 0x1000e, note: "the smallest block" },
    { start: 0x7000, size: 4 * kib, value: 0x400e, note: "bit 14 survives" },
    { start: 0xc000, size: 4 * kib, value: 0xc00e, note: "bit 14 survives" },
    { start: 0x1fc000, size: 4 * kib, value: 0x1fc00e, note: "bit 14 survives" },
    { start: 0x7000, size: 8 * kib, value: 0xf, note: "crosses 32 KiB" },
    { start: 0x100000, size: 64 * kib, value: 0x10000f, note: "exact" },
    { start: 0x200000, size: 2 * mib, value: 0x200014, note: "exact" },
    { start: 0x100000, size: 2 * mib, value: 0x15, note: "twice the size" },
    { start: 0x200000, size: 4 * mib, value: 0x16, note: "twice the size" },
    { start: 0x300000, size: 2 * mib, value: 0x16, note: "four times the size" },
    { start: 0x123456000, size: 192 * kib, value: 0x123400013, note: "1 MiB" },
    { start: 0x7ffff000, size: 8 * kib, value: 0x1f, note: "straddles 2 GiB" },
    { start: 0x7fffff000, size: 8 * kib, value: 0x23, note: "straddles 32 GiB" },
    { start: 0x7ffffffff000, size: 8 * kib, value: 0x2f, note: "straddles the middle" },
    { start: 0, size: 2 ** 48, value: 0x2f, note: "everything" },
  ])("$start + $size: $note", ({ start, size, value }) => {
    expect(packRegionRange(ptdev, start, size).lockaddr).toBe(BigInt(value));
  });

  it("is the smallest aligned power of two, from 32 KiB, that covers the range", () => {
    const page = fc.integer({ min: 0, max: 2 ** 36 - 1 });
    fc.assert(
      fc.property(page, fc.integer({ min: 1, max: 2 ** 30 }), (first, pages) => {
        const start = first * 4096;
        const size = Math.min(pages * 4096, 2 ** 48 - start);
        const region = packRegionRange(ptdev, start, size);
        const width = Number(region.lockaddr & 0x3fn);
        const block = 2 ** (width + 1);
        const value = Number(region.lockaddr - BigInt(width));
        const low = value - (value % block);
        expect(region.size).toBe(block);
        expect(region.start).toBe(value);
        expect(low).toBeLessThanOrEqual(start);
        expect(low + block).toBeGreaterThanOrEqual(start + size);
        expect(block).toBeGreaterThanOrEqual(32768);
        if (block > 32768) {
          // Half of it would not do.
          const half = block / 2;
          expect(Math.floor(start / half)).not.toBe(Math.floor((start + size - 1) / half));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("warns about an empty range", () => {
    expect(packRegionRange(ptdev, 0x1000, 0).lockaddr).toBe(0n);
  });
});
