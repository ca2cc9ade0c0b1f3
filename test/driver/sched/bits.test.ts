import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bit,
  bitsOf,
  firstBit,
  lowBits,
  popcount,
  popcount64,
} from "../../../src/driver/sched/bits.ts";

const u32 = fc.integer({ min: 0, max: 0xffffffff });

describe("bits", () => {
  it("keeps bit 31 unsigned", () => {
    expect(bit(31)).toBe(0x80000000);
    expect(lowBits(32)).toBe(0xffffffff);
    expect(lowBits(0)).toBe(0);
    expect(lowBits(8)).toBe(0xff);
    // More scoreboards than a u32 has bits.
    expect(lowBits(40)).toBe(0xffffffff);
    expect(firstBit(0x80000000)).toBe(31);
    expect(firstBit(0)).toBe(-1);
  });

  it("takes masks apart, lowest bit first", () => {
    fc.assert(
      fc.property(u32, (mask) => {
        const bits = bitsOf(mask);
        expect(bits.reduce((sum, n) => sum + 2 ** n, 0)).toBe(mask);
        expect(bits).toEqual([...bits].sort((a, b) => a - b));
        expect(popcount(mask)).toBe(bits.length);
        // Negative: what bitwise operators make of a mask with bit 31.
        expect(bitsOf(mask | 0)).toEqual(bits);
        expect(popcount(mask | 0)).toBe(bits.length);
      }),
    );
  });

  it("counts 64-bit masks", () => {
    expect(popcount64(0x50005n)).toBe(4);
    expect(popcount64(0xffffffffffffffffn)).toBe(64);
  });
});
