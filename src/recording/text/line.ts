// The columns before an event's name, in every way that the kernel, trace-cmd and perf print them.
// One pass over the bytes; which way a file uses is found once and tried first from then on.

import { NameCache } from "./name-cache.ts";
import { PrefixCache, type Columns } from "./prefix-cache.ts";
import { flagBhOff, flagsKnown, kernelFlags, migrateShift, preemptShift } from "../batch.ts";
import { flagHardirq, flagIrqsOff, flagNeedResched, flagSoftirq } from "../../timeline/recorder.ts";

const blank = 0x20;
const minus = 0x2d;
const dot = 0x2e;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openParen = 0x28;
const closeParen = 0x29;

function digit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

function nameChar(c: number): boolean {
  return (c >= 0x61 && c <= 0x7a) || c === 0x5f || (c >= 0x41 && c <= 0x5a) || digit(c);
}

function hexValue(c: number): number {
  if (digit(c)) return c - 0x30;
  const lower = c | blank;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 0;
}

/** How a text gives an event's task, CPU and time. */
export type Layout = "task" | "latency" | "verbose" | "perf" | "raw" | "hex" | "bare";

/** What one unit of the last of so many digits after the dot is in nanoseconds. */
const scales: readonly number[] = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];

const layouts: readonly Layout[] = ["task", "perf", "latency", "verbose", "raw", "hex"];

/** One event line; its parts after `parse` returned true. */
export class LineParser {
  layout: Layout | null = null;
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
  /** The columns before the time, where they can be told again; `isRepeated` says they were. */
  columns: Columns | null = null;
  isRepeated = false;
  /** The name's id where it was told to `names`, -1 otherwise. */
  nameId = -1;
  /** Names of events, by what whoever parses the lines makes of them. */
  readonly names = new NameCache();

  private readonly prefixes = new PrefixCache();
  /** The bytes last read from, and their view. */
  private from: Uint8Array | null = null;
  view: DataView = new DataView(new ArrayBuffer(0));

  /** Whether `start..end` of `b` is an event line. */
  parse(b: Uint8Array, start: number, end: number): boolean {
    if (b !== this.from) {
      this.from = b;
      this.view = new DataView(b.buffer, b.byteOffset, b.byteLength);
    }
    if (this.layout === "task" && this.repeated(b, start, end)) return true;
    this.nameId = -1;
    this.isRepeated = false;
    this.columns = null;
    this.flags = 0;
    if (this.layout !== null && this.as(this.layout, b, start, end)) return true;
    for (const layout of layouts) {
      if (layout !== this.layout && this.as(layout, b, start, end)) {
        this.layout = layout;
        return true;
      }
    }
    // Without any columns: only where nothing else has been seen.
    if (this.layout === null && this.bare(b, start, end)) {
      this.layout = "bare";
      return true;
    }
    return false;
  }

  private as(layout: Layout, b: Uint8Array, start: number, end: number): boolean {
    switch (layout) {
      case "task":
        return this.task(b, start, end);
      case "latency":
        return this.latency(b, start, end);
      case "verbose":
        return this.verbose(b, start, end);
      case "perf":
        return this.perf(b, start, end);
      case "raw":
        return this.raw(b, start, end, 10);
      case "hex":
        return this.raw(b, start, end, 16);
      case "bare":
        return this.bare(b, start, end);
    }
  }

  /** A line whose columns before the time were seen before, byte by byte. */
  private repeated(b: Uint8Array, start: number, end: number): boolean {
    const { prefixes, view } = this;
    const known = prefixes.find(view, start, end);
    if (known === null) return false;
    let i = start + prefixes.length;
    while (i < end && b[i] === blank) i++;
    i = this.seconds(b, i, end);
    if (i < 0) return false;
    while (i < end && b[i] === blank) i++;
    const id = this.names.find(view, i, end);
    if (id >= 0) {
      this.nameStart = i;
      this.nameEnd = this.names.end;
      this.bodyStart = this.nameEnd + 1;
    } else if (!this.name(b, i, end)) return false;
    this.nameId = id;
    this.pid = known.pid;
    this.cpu = known.cpu;
    this.flags = known.flags;
    this.columns = known;
    this.isRepeated = true;
    return true;
  }

  /** `comm-pid [(tgid)] [cpu] [flags] time: name: fields`. */
  private task(b: Uint8Array, start: number, end: number): boolean {
    // tracefs pads names to 16 bytes; elsewhere the first `-pid` before a CPU column counts.
    if (start + 17 < end && b[start + 16] === minus && this.taskAt(b, start, start + 16, end)) {
      return true;
    }
    for (let dash = start + 1; dash < end; dash++) {
      if (b[dash] === minus && digit(b[dash + 1]) && this.taskAt(b, start, dash, end)) return true;
      if (b[dash] === closeBracket && b[dash + 1] === blank && dash - start > 120) return false;
    }
    return false;
  }

  private taskAt(b: Uint8Array, start: number, dash: number, end: number): boolean {
    let i = this.number(b, dash + 1, end);
    if (i < 0) return false;
    const pid = this.value;
    if (b[i] !== blank && b[i] !== openParen) return false;
    while (i < end && b[i] === blank) i++;
    if (b[i] === openParen) {
      // The thread group, or dashes where it is not known.
      while (i < end && b[i] !== closeParen) {
        if (b[i] !== openParen && b[i] !== blank && b[i] !== minus && !digit(b[i])) return false;
        i++;
      }
      i++;
      while (i < end && b[i] === blank) i++;
    }
    if (b[i] !== openBracket) return false;
    i = this.number(b, i + 1, end);
    if (i < 0 || b[i] !== closeBracket) return false;
    const cpu = this.value;
    i++;
    if (b[i] === minus && b[i + 1] === 0x30 && b[i + 2] === 0x78) {
      // trace-cmd report -R: the flags as the record has them.
      let flags = 0;
      for (i += 3; i < end && b[i] !== blank; i++) flags = (flags * 16 + hexValue(b[i])) & 0xffff;
      this.flags = kernelFlags(flags, 0);
    }
    while (i < end && b[i] === blank) i++;
    this.columnsEnd = i;
    i = this.flagsAndTime(b, i, end);
    if (i < 0 || !this.name(b, i, end)) return false;
    this.commStart = start;
    while (this.commStart < dash && b[this.commStart] === blank) this.commStart++;
    this.commEnd = dash;
    if (dash - start > 17) this.skipInstance(b);
    this.pid = pid;
    this.cpu = cpu;
    this.columns = this.prefixes.add(b, this.view, start, this.columnsEnd, pid, cpu, this.flags);
    return true;
  }

  /** trace-cmd puts the instance's name before the task: `second:  bash-12 [000] …`. */
  private skipInstance(b: Uint8Array): void {
    for (let i = this.commStart; i + 1 < this.commEnd; i++) {
      if (b[i] === blank) return;
      if (b[i] !== colon || b[i + 1] !== blank) continue;
      this.commStart = i + 1;
      while (this.commStart < this.commEnd && b[this.commStart] === blank) this.commStart++;
      return;
    }
  }

  private value = 0;
  private columnsEnd = 0;

  /** End of a decimal number at `i`, its value in `value`; -1 if there is none. */
  private number(b: Uint8Array, i: number, end: number): number {
    const first = i;
    let value = 0;
    while (i < end && digit(b[i])) value = value * 10 + b[i++] - 0x30;
    this.value = value;
    return i === first ? -1 : i;
  }

  /** An optional flags column and the time; returns what follows its colon. */
  private flagsAndTime(b: Uint8Array, i: number, end: number): number {
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
  private seconds(b: Uint8Array, i: number, end: number): number {
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

  private setFlags(b: Uint8Array, i: number, end: number): void {
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
  private name(b: Uint8Array, i: number, end: number): boolean {
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

  /** `comm-pid  0d.h.. 123us!: name: fields`, the CPU before the flags, and the marks of delays. */
  private latency(b: Uint8Array, start: number, end: number): boolean {
    for (let dash = start + 1; dash < end; dash++) {
      if (b[dash] !== minus || !digit(b[dash + 1])) continue;
      let i = this.number(b, dash + 1, end);
      const pid = this.value;
      const pidEnd = i;
      while (i < end && b[i] === blank) i++;
      if (i === pidEnd) continue;
      i = this.number(b, i, end);
      if (i < 0) continue;
      const cpu = this.value;
      const flags = i;
      while (i < end && b[i] !== blank) i++;
      if (i - flags < 4 || i - flags > 5) continue;
      this.setFlags(b, flags, i);
      while (i < end && b[i] === blank) i++;
      i = this.delay(b, i, end);
      if (i < 0 || !this.name(b, i, end)) continue;
      this.commStart = start;
      while (this.commStart < dash && b[this.commStart] === blank) this.commStart++;
      this.commEnd = dash;
      this.pid = pid;
      this.cpu = cpu;
      return true;
    }
    return false;
  }

  /** `61672us!:`, relative to the first event; or seconds, as trace-cmd prints them. */
  private delay(b: Uint8Array, i: number, end: number): number {
    const at = this.seconds(b, i, end);
    if (at >= 0) return at;
    i = this.number(b, i, end);
    if (i < 0 || b[i] !== 0x75 || b[i + 1] !== 0x73) return -1;
    this.time = this.value * 1000;
    i += 2;
    if (b[i] !== colon) i++;
    return b[i] === colon ? i + 1 : -1;
  }

  /** `comm pid cpu flags depth seq [stamp] 61.672ms (+0.364ms): name: fields`. */
  private verbose(b: Uint8Array, start: number, end: number): boolean {
    let i = start;
    while (i < end && b[i] !== openBracket) i++;
    // Back over four numbers and the task.
    const stops: number[] = [];
    let at = i;
    for (let n = 0; n < 5; n++) {
      while (at > start && b[at - 1] === blank) at--;
      const stop = at;
      while (at > start && b[at - 1] !== blank) at--;
      if (at === stop) return false;
      stops.push(at);
    }
    const [, depth, flags, cpu, pid] = stops;
    if (this.number(b, pid, end) < 0) return false;
    this.pid = this.value;
    if (this.number(b, cpu, end) < 0) return false;
    this.cpu = this.value;
    if (this.number(b, flags, end) < 0) return false;
    this.flags = kernelFlags(this.value & 0xff, hexValue(b[depth + 7]));
    while (i < end && b[i] !== closeBracket) i++;
    i++;
    while (i < end && b[i] === blank) i++;
    i = this.number(b, i, end);
    if (i < 0 || b[i] !== dot) return false;
    const ms = this.value;
    i = this.number(b, i + 1, end);
    if (i < 0 || b[i] !== 0x6d || b[i + 1] !== 0x73) return false;
    this.time = ms * 1e6 + this.value * 1e3;
    while (i < end && b[i] !== closeParen) i++;
    if (b[i + 1] !== colon || !this.name(b, i + 2, end)) return false;
    this.commStart = start;
    while (this.commStart < pid && b[this.commStart] === blank) this.commStart++;
    this.commEnd = pid;
    while (this.commEnd > this.commStart && b[this.commEnd - 1] === blank) this.commEnd--;
    return true;
  }

  /** `comm pid[/tid] [cpu] time: system:name: fields`. */
  private perf(b: Uint8Array, start: number, end: number): boolean {
    for (let open = start + 4; open < end && open < start + 64; open++) {
      if (b[open] !== openBracket || b[open - 1] !== blank) continue;
      let i = this.number(b, open + 1, end);
      if (i < 0 || b[i] !== closeBracket) continue;
      const cpu = this.value;
      i++;
      if (b[i] !== blank) continue;
      while (i < end && b[i] === blank) i++;
      i = this.seconds(b, i, end);
      if (i < 0) continue;
      let stop = open;
      while (stop > start && b[stop - 1] === blank) stop--;
      let from = stop;
      while (from > start && b[from - 1] !== blank) from--;
      const negative = b[from] === minus;
      let slash = this.number(b, negative ? from + 1 : from, stop);
      if (slash < 0) continue;
      let pid = negative ? -this.value : this.value;
      if (b[slash] === 0x2f) {
        // The thread is what ran.
        const tid = b[slash + 1] === minus ? slash + 2 : slash + 1;
        slash = this.number(b, tid, stop);
        if (slash < 0) continue;
        pid = tid === slash + 2 ? -this.value : this.value;
      }
      if (slash !== stop) continue;
      while (i < end && b[i] === blank) i++;
      // The system before the name.
      const system = i;
      while (i < end && nameChar(b[i])) i++;
      if (b[i] === colon && nameChar(b[i + 1])) i++;
      else i = system;
      if (!this.name(b, i, end)) continue;
      this.commStart = start;
      while (this.commStart < from && b[this.commStart] === blank) this.commStart++;
      this.commEnd = from;
      while (this.commEnd > this.commStart && b[this.commEnd - 1] === blank) this.commEnd--;
      this.pid = pid;
      this.cpu = cpu;
      this.flags = 0;
      return true;
    }
    return false;
  }

  /** `pid cpu time type: id`, in decimal or hexadecimal: events without names. */
  private raw(b: Uint8Array, start: number, end: number, base: 10 | 16): boolean {
    let i = start;
    const values: number[] = [];
    for (let n = 0; n < 3; n++) {
      while (i < end && b[i] === blank) i++;
      const first = i;
      let value = 0;
      while (
        i < end &&
        (base === 10 ? digit(b[i]) : digit(b[i]) || (b[i] >= 0x61 && b[i] <= 0x66))
      ) {
        value = value * base + hexValue(b[i++]);
      }
      if (i === first || b[i] !== blank) return false;
      if (base === 16 && i - first !== (n === 2 ? 16 : 8)) return false;
      values.push(value);
    }
    i++;
    const word = [0x74, 0x79, 0x70, 0x65, colon, blank];
    this.nameStart = i;
    if (word.every((c, n) => b[i + n] === c)) {
      this.nameEnd = end;
      while (this.nameEnd > i && b[this.nameEnd - 1] === blank) this.nameEnd--;
      this.bodyStart = end;
    } else if (b[i] === 0x23 && b[i + 1] === blank) {
      // A mark: `# address text`.
      this.nameEnd = i + 1;
      this.bodyStart = i + 2;
    } else return false;
    this.pid = values[0];
    this.cpu = values[1] & 0xffff;
    this.time = values[2];
    this.commStart = this.commEnd = start;
    this.flags = 0;
    return true;
  }

  /** `name: fields` and nothing else. */
  private bare(b: Uint8Array, start: number, end: number): boolean {
    if (!(b[start] >= 0x61 && b[start] <= 0x7a) || !this.name(b, start, end)) return false;
    this.commStart = this.commEnd = start;
    this.pid = this.cpu = this.time = 0;
    this.flags = 0;
    return true;
  }
}
