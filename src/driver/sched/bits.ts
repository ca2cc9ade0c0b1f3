// Masks of slots and queues. Kernel: BIT(), GENMASK(), ffs() loops, hweight32(), hweight64().

/** BIT(n) as an unsigned number. */
export const bit = (n: number): number => (1 << n) >>> 0;

/** GENMASK(n - 1, 0) in a u32: the low `n` bits, unsigned. */
export const lowBits = (n: number): number => (n === 0 ? 0 : 0xffffffff >>> Math.max(32 - n, 0));

/** Numbers of the bits set, lowest first: the `ffs()` loops of the driver. */
export function bitsOf(mask: number): number[] {
  const bits: number[] = [];
  for (let rest = mask >>> 0; rest !== 0;) {
    const n = firstBit(rest);
    bits.push(n);
    rest = (rest & ~(1 << n)) >>> 0;
  }
  return bits;
}

/** ffs() - 1: -1 when no bit is set. */
export const firstBit = (mask: number): number => (mask === 0 ? -1 : 31 - Math.clz32(mask & -mask));

/** A mask without its lowest bit. */
export const withoutFirst = (mask: number): number => mask & (mask - 1);

/** hweight32(). */
export function popcount(mask: number): number {
  let n = 0;
  for (let rest = mask >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) n++;
  return n;
}

/** hweight64(). */
export function popcount64(mask: bigint): number {
  return popcount(Number(mask & 0xffffffffn)) + popcount(Number((mask >> 32n) & 0xffffffffn));
}
