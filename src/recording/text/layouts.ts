// Lines of the layouts that files seldom have: latency and verbose texts of tracefs, perf, records
// without names, and events without any columns.

import { kernelFlags } from "../batch.ts";
import { digit, hexValue, LineScanner, nameChar } from "./scanner.ts";

const blank = 0x20;
const minus = 0x2d;
const dot = 0x2e;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const closeParen = 0x29;

export class SeldomLayouts extends LineScanner {
  /** `comm-pid  0d.h.. 123us!: name: fields`, the CPU before the flags, and the marks of delays. */
  protected latency(b: Uint8Array, start: number, end: number): boolean {
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
  protected delay(b: Uint8Array, i: number, end: number): number {
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
  protected verbose(b: Uint8Array, start: number, end: number): boolean {
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
  protected perf(b: Uint8Array, start: number, end: number): boolean {
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
  protected raw(b: Uint8Array, start: number, end: number, base: 10 | 16): boolean {
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
  protected bare(b: Uint8Array, start: number, end: number): boolean {
    if (!(b[start] >= 0x61 && b[start] <= 0x7a) || !this.name(b, start, end)) return false;
    this.commStart = this.commEnd = start;
    this.pid = this.cpu = this.time = 0;
    this.flags = 0;
    return true;
  }
}
