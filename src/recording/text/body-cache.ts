// Fields that come again byte by byte: which task an event wakes, which two take turns, which
// interrupt it was. Only for events whose fields say the same wherever they stand (a kernel object's
// address does not: its memory is used again).

import { argsMax, type EventBatch } from "../batch.ts";

const entriesMax = 2048;
const wordsMax = 32;
const bytesMax = wordsMax * 4;
const bytesMin = 4;

export class BodyCache {
  private readonly ids = new Int32Array(entriesMax).fill(-1);
  private readonly lengths = new Uint8Array(entriesMax);
  private readonly words = new Int32Array(entriesMax * wordsMax);
  private readonly args = new Float64Array(entriesMax * argsMax);
  /** The place of the fields last looked for. */
  private slot = -1;

  /** Puts the fields `start..end` of event `id` into event `i` of the batch if they are known. */
  find(
    id: number,
    view: DataView,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
  ): boolean {
    const length = end - start;
    this.slot = -1;
    if (length < bytesMin || length > bytesMax) return false;
    // The last word overlaps the one before it.
    const last = end - 4;
    let a = id;
    let b = view.getInt32(last, true);
    let at = start;
    for (; at + 4 < last; at += 8) {
      a = Math.imul(a ^ view.getInt32(at, true), 0x9e3779b1);
      b = Math.imul(b ^ view.getInt32(at + 4, true), 0x85ebca6b);
    }
    if (at < last) a = Math.imul(a ^ view.getInt32(at, true), 0x9e3779b1);
    a ^= b ^ (b >>> 15);
    const first = (a ^ (a >>> 11) ^ (a >>> 21)) & (entriesMax - 1);
    let slot = first;
    if (!this.holds(slot, id, view, start, last)) {
      slot ^= 1;
      if (!this.holds(slot, id, view, start, last)) {
        // Each has two places; the first is given up when both are taken.
        this.slot = this.ids[first] < 0 || this.ids[slot] >= 0 ? first : slot;
        return false;
      }
    }
    const { args } = this;
    const to = batch.args;
    const o = i * argsMax;
    const from = slot * argsMax;
    for (let n = 0; n < argsMax; n++) to[o + n] = args[from + n];
    return true;
  }

  /** Whether the place holds these fields, whose last word is at `last`. */
  private holds(slot: number, id: number, view: DataView, start: number, last: number): boolean {
    if (this.ids[slot] !== id || this.lengths[slot] !== last + 4 - start) return false;
    const words = this.words;
    let word = slot * wordsMax;
    for (let at = start; at < last; at += 4) {
      if (words[word++] !== view.getInt32(at, true)) return false;
    }
    return words[word] === view.getInt32(last, true);
  }

  /** Remembers what the fields last looked for, and not found, mean. */
  add(id: number, view: DataView, start: number, end: number, batch: EventBatch, i: number): void {
    const slot = this.slot;
    if (slot < 0) return;
    let word = slot * wordsMax;
    for (let at = start; at < end - 4; at += 4) this.words[word++] = view.getInt32(at, true);
    this.words[word] = view.getInt32(end - 4, true);
    this.ids[slot] = id;
    this.lengths[slot] = end - start;
    for (let n = 0; n < argsMax; n++) {
      this.args[slot * argsMax + n] = batch.args[i * argsMax + n];
    }
  }
}
