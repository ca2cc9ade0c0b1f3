// What texts of events hold: digits, identities of objects, names.

import type { EventBatch } from "../batch.ts";

const blank = 0x20;
const zero = 0x30;
const nine = 0x39;

/** Value of a hexadecimal digit, -1 for another character. */
export function hexDigit(c: number): number {
  if (c >= zero && c <= nine) return c - zero;
  const lower = c | blank;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** End of a text without the blanks at its end. */
export function trimmed(b: Uint8Array, start: number, end: number): number {
  while (end > start && b[end - 1] === blank) end--;
  return end;
}

/**
 * The identity of an object: its number where a recorder gave one (`W12`), the lower 53 bits of its
 * address (kernel addresses differ in no others), or what else stands there.
 */
export function objectKey(b: Uint8Array, start: number, end: number, batch: EventBatch): number {
  let i = start;
  const c = b[i];
  if (c === 0x57 || c === 0x54) return numberedKey(b, start, end, batch);
  if (c === zero && (b[i + 1] | blank) === 0x78) i += 2;
  let stop = i;
  while (stop < end && hexDigit(b[stop]) >= 0) stop++;
  // `(nil)`, or a symbol's name: the text itself is the identity.
  if (stop === i || (stop < end && b[stop] !== blank))
    return -1 - batch.names.intern(b, start, end);
  let hi = 0;
  let lo = 0;
  for (let n = Math.max(i, stop - 16); n < stop; n++) {
    const d = hexDigit(b[n]);
    if (n < stop - 8) hi = hi * 16 + d;
    else lo = lo * 16 + d;
  }
  return (hi & 0x1f_ffff) * 0x1_0000_0000 + lo;
}

function numberedKey(b: Uint8Array, start: number, end: number, batch: EventBatch): number {
  let n = 0;
  for (let i = start + 1; i < end; i++) {
    const d = b[i] - zero;
    if (d < 0 || d > 9) return -1 - batch.names.intern(b, start, end);
    n = n * 10 + d;
  }
  return n;
}

const latinMax = 0x7f;

/** A text of the recording; what is not UTF-8 shows as replacement characters. */
export function utf8(b: Uint8Array, start: number, end: number): string {
  if (b instanceof Buffer) return b.toString("utf8", start, end);
  let text = "";
  for (let i = start; i < end; i++) {
    if (b[i] > latinMax) return new TextDecoder().decode(b.subarray(start, end));
    text += String.fromCharCode(b[i]);
  }
  return text;
}
