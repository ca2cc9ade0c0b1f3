// Arithmetic on addresses of up to 52 bits kept in numbers.

export const size4K = 0x1000;
export const size2M = 0x200000;
export const size1G = 0x40000000;
export const size4G = 0x100000000;
export const size256M = 0x10000000;

/** fls64(a ^ b): position of the highest differing bit, from 1; 0 when equal. */
export function fls64(a: number, b: number): number {
  const hi = Math.floor(a / size4G) ^ Math.floor(b / size4G);
  if (hi !== 0) return 64 - Math.clz32(hi);
  return 32 - Math.clz32((a % size4G) ^ (b % size4G));
}

/** `value` without its bits below `bit`. */
export function clearBelow(value: number, bit: number): number {
  return alignDown(value, 2 ** bit);
}

/** ALIGN_DOWN(). */
export function alignDown(value: number, size: number): number {
  return value - (value % size);
}

/** ALIGN(). */
export function align(value: number, size: number): number {
  const rest = value % size;
  return rest === 0 ? value : value - rest + size;
}

/** rounddown_pow_of_two(). */
export function rounddownPowOfTwo(value: number): number {
  return 2 ** (fls64(value, 0) - 1);
}
