// The columns before an event's name, in every way that the kernel, trace-cmd and perf print them.
// One pass over the bytes; which way a file uses is found once and tried first from then on.

import { NameCache } from "./name-cache.ts";
import { PrefixCache, type Columns } from "./prefix-cache.ts";
import { kernelFlags } from "../batch.ts";
import { SeldomLayouts } from "./layouts.ts";
import { digit, hexValue } from "./scanner.ts";

const blank = 0x20;
const minus = 0x2d;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openParen = 0x28;
const closeParen = 0x29;

/** How a text gives an event's task, CPU and time. */
export type Layout = "task" | "latency" | "verbose" | "perf" | "raw" | "hex" | "bare";

const layouts: readonly Layout[] = ["task", "perf", "latency", "verbose", "raw", "hex"];

/** One event line; its parts after `parse` returned true. */
export class LineParser extends SeldomLayouts {
  layout: Layout | null = null;
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
}
