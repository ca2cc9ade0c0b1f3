// Numbers, flags, times and names: what the columns before an event's fields consist of, however a
// tool arranges them.

import { flagBhOff, flagsKnown, migrateShift, preemptShift } from "../batch.ts";
import { flagHardirq, flagIrqsOff, flagNeedResched, flagSoftirq } from "../../timeline/recorder.ts";

const blank = 0x20;
const minus = 0x2d;
const dot = 0x2e;
const colon = 0x3a;
const openParen = 0x28;
const closeParen = 0x29;

export function digit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

export function nameChar(c: number): boolean {
  return (c >= 0x61 && c <= 0x7a) || c === 0x5f || (c >= 0x41 && c <= 0x5a) || digit(c);
}

export function hexValue(c: number): number {
  if (digit(c)) return c - 0x30;
  const lower = c | blank;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 0;
}

/** What one unit of the last of so many digits after the dot is in nanoseconds. */
const scales: readonly number[] = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];

/** A line's columns, as far as they are read. */
export class LineScanner {
  commStart = 0;
  commEnd = 0;
  pid = 0;
  cpu = 0;
  flags = 0;
  /** Nanoseconds; units of the clock where the text gives whole numbers. */
  time = 0;
  nameStart = 0;
  nameEnd = 0;
  bodyStart = 0;

  protected value = 0;
  protected columnsEnd = 0;

  /** End of a decimal number at `i`, its value in `value`; -1 if there is none. */
  protected number(b: Uint8Array, i: number, end: number): number {
    const first = i;
    let value = 0;
    while (i < end && digit(b[i])) value = value * 10 + b[i++] - 0x30;
    this.value = value;
    return i === first ? -1 : i;
  }

  /** An optional flags column and the time; returns what follows its colon. */
  protected flagsAndTime(b: Uint8Array, i: number, end: number): number {
    const at = this.seconds(b, i, end);
    if (at >= 0) return at;
    // Four letters in old kernels, five since 6.1; long times may touch them.
    let stop = i;
    while (stop < end && b[stop] !== blank && b[stop] !== colon) stop++;
    if (b[stop] === colon) stop = i + 5;
    if (stop - i < 4 || stop >= end) return -1;
    this.setFlags(b, i, stop);
    this.columnsEnd = stop;
    while (stop < end && b[stop] === blank) stop++;
    return this.seconds(b, stop, end);
  }

  /** `123.456789:` or a whole number; returns what follows the colon, -1 if it is no time. */
  protected seconds(b: Uint8Array, i: number, end: number): number {
    let at = i;
    let time = 0;
    for (let d = 0; at < end && (d = b[at] - 0x30) >= 0 && d <= 9; at++) time = time * 10 + d;
    if (at === i) return -1;
    let c = b[at];
    if (c === dot) {
      const from = ++at;
      let fraction = 0;
      for (let d = 0; at < end && (d = b[at] - 0x30) >= 0 && d <= 9; at++) {
        fraction = fraction * 10 + d;
      }
      const digits = at - from;
      if (digits === 0) return -1;
      if (digits <= 9) fraction *= scales[digits];
      for (let n = digits; n > 9; n--) fraction = Math.floor(fraction / 10);
      time = time * 1e9 + fraction;
      c = b[at];
    }
    if (c !== colon) return -1;
    this.time = time;
    return at + 1;
  }

  protected setFlags(b: Uint8Array, i: number, end: number): void {
    let flags = flagsKnown;
    const irqs = b[i];
    if (irqs === 0x64 || irqs === 0x44) flags |= flagIrqsOff;
    if (irqs === 0x62 || irqs === 0x44) flags |= flagBhOff;
    if (b[i + 1] !== dot) flags |= flagNeedResched;
    switch (b[i + 2]) {
      case 0x68: // h
      case 0x48: // H: a hard interrupt in a soft one
      case 0x7a: // z: an NMI
      case 0x5a:
        flags |= flagHardirq;
        break;
      case 0x73: // s
        flags |= flagSoftirq;
        break;
    }
    if (i + 3 < end) flags |= hexValue(b[i + 3]) << preemptShift;
    if (i + 4 < end) flags |= hexValue(b[i + 4]) << migrateShift;
    this.flags = flags;
  }

  /** The event's name from `i` on, after blanks and trace-cmd's `(+27)`. */
  protected name(b: Uint8Array, i: number, end: number): boolean {
    while (i < end && b[i] === blank) i++;
    if (b[i] === openParen && b[i + 1] === 0x2b) {
      while (i < end && b[i] !== closeParen) i++;
      i++;
      while (i < end && b[i] === blank) i++;
    }
    this.nameStart = i;
    if (b[i] === 0x3c) {
      // `<stack trace>`
      while (i < end && b[i] !== 0x3e) i++;
      this.nameEnd = Math.min(i + 1, end);
      this.bodyStart = this.nameEnd;
      return i < end;
    }
    while (i < end && nameChar(b[i])) i++;
    // `drm_vblank_timer_function.part.0`, `bprint` callers: dots belong to function names.
    while (i < end && (nameChar(b[i]) || b[i] === dot)) i++;
    if (i === this.nameStart) return false;
    this.nameEnd = i;
    if (i === end) {
      this.bodyStart = end;
      return false;
    }
    if (b[i] === colon) {
      this.bodyStart = i + 1;
      return true;
    }
    // System calls print `sys_ioctl(fd: 3)` and `sys_ioctl -> 0x0`, functions `f <-caller`.
    this.bodyStart = i;
    return b[i] === openParen || (b[i] === blank && (b[i + 1] === minus || b[i + 1] === 0x3c));
  }
}
