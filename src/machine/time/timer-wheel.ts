// One timer wheel: struct timer_base of kernel/time/timer.c. Levels of 64 buckets, each level eight
// times coarser than the one below; a timer is never moved to a finer level, so the expiry is
// rounded up to its level's grain.

import { insertAt, removeAt } from "../core/small-array.ts";
import type { Timer } from "./timers.ts";

const levelBits = 6;
const levelSize = 1 << levelBits;
const clkDivisor = 8;
const nextMaxDelta = 2 ** 30 - 1;

/** LVL_GRAN(n): jiffies per bucket of level n. */
const gran = (level: number): number => clkDivisor ** level;
/** LVL_START(n): first distance, in jiffies, that goes to level n. */
const levelStart = (level: number): number => (levelSize - 1) * gran(level - 1);

/** Bucket of a timer and when that bucket expires. */
export interface WheelSlot {
  readonly index: number;
  readonly bucketExpiry: number;
}

/** struct timer_base. */
export class TimerWheel {
  /** Jiffy up to which the wheel has been run. */
  clk: number;
  nextExpiry: number;
  timersPending = false;
  nextExpiryRecalc = false;
  isIdle = false;
  running: Timer | null = null;
  /** Pending timers that something may come of: all but background ones. */
  foreground = 0;
  private readonly depth: number;
  private readonly vectors: Timer[][] = [];
  /** Used buckets: two words of 32 bits for each level. */
  private readonly pending: Int32Array;

  constructor(
    hz: number,
    jiffies: number,
    /** Id of the CPU that it belongs to. */
    readonly cpu: number,
  ) {
    this.depth = hz > 100 ? 9 : 8;
    for (let i = 0; i < this.depth * levelSize; i++) this.vectors.push([]);
    this.pending = new Int32Array(this.depth * 2);
    this.clk = jiffies;
    this.nextExpiry = jiffies + nextMaxDelta;
  }

  /** calc_wheel_index(), at the wheel's clock or as it was at `clk`. */
  slotOf(expires: number, clk = this.clk): WheelSlot {
    const { depth } = this;
    const delta = expires - clk;
    if (delta < 0) return { index: clk % levelSize, bucketExpiry: clk };
    for (let level = 0; level < depth - 1; level++) {
      if (delta < levelStart(level + 1)) return this.levelSlot(expires, level);
    }
    const cutoff = levelStart(depth);
    const capped = delta >= cutoff ? clk + cutoff - gran(depth - 1) : expires;
    return this.levelSlot(capped, depth - 1);
  }

  private levelSlot(expires: number, level: number): WheelSlot {
    const bucket = Math.floor(expires / gran(level)) + 1;
    return {
      index: level * levelSize + (bucket % levelSize),
      bucketExpiry: bucket * gran(level),
    };
  }

  /** enqueue_timer(), without its trace event. */
  enqueue(timer: Timer, slot: WheelSlot): void {
    const bucket = this.vectors[slot.index];
    insertAt(bucket, 0, timer);
    if (!timer.background) this.foreground++;
    this.pending[slot.index >> 5] |= 1 << (slot.index & 31);
    timer.bucket = bucket;
    timer.index = slot.index;
    timer.wheel = this;
    if (slot.bucketExpiry < this.nextExpiry) {
      this.nextExpiry = slot.bucketExpiry;
      this.timersPending = true;
      this.nextExpiryRecalc = false;
    }
  }

  /** Takes a pending timer out: detach_if_pending(), without its trace event. */
  detach(timer: Timer): void {
    const bucket = timer.bucket!;
    removeAt(bucket, bucket.indexOf(timer));
    timer.bucket = null;
    if (!timer.background) this.foreground--;
    if (bucket.length > 0 || bucket !== this.vectors[timer.index]) return;
    this.pending[timer.index >> 5] &= ~(1 << (timer.index & 31));
    this.nextExpiryRecalc = true;
  }

  /** forward_timer_base(). */
  forward(jiffies: number): void {
    if (jiffies <= this.clk) return;
    this.clk = this.nextExpiry > jiffies ? jiffies : this.nextExpiry;
  }

  /**
   * Takes the expired buckets at next_expiry, coarsest level first, and moves the clock past it:
   * the head of the loop in __run_timers().
   */
  collect(): Timer[][] {
    const heads: Timer[][] = [];
    this.clk = this.nextExpiry;
    let clk = this.clk;
    for (let level = 0; level < this.depth; level++) {
      const index = (clk % levelSize) + level * levelSize;
      const bucket = this.vectors[index];
      if (bucket.length > 0) {
        this.vectors[index] = [];
        this.pending[index >> 5] &= ~(1 << (index & 31));
        heads.unshift(bucket);
      }
      if (clk % clkDivisor !== 0) break;
      clk = clk / clkDivisor;
    }
    this.clk++;
    this.recalcNextExpiry();
    return heads;
  }

  /** next_timer_interrupt(): jiffy of the next expiry. */
  nextInterrupt(jiffies: number): number {
    if (this.nextExpiryRecalc) this.recalcNextExpiry();
    if (!this.timersPending) this.nextExpiry = jiffies + nextMaxDelta;
    return this.nextExpiry;
  }

  /** timer_recalc_next_expiry(). */
  private recalcNextExpiry(): void {
    let next = this.clk + nextMaxDelta;
    let { clk } = this;
    for (let level = 0; level < this.depth; level++) {
      const pos = this.nextPendingBucket(level, clk % levelSize);
      const lvlClk = clk % clkDivisor;
      if (pos >= 0) {
        next = Math.min(next, (clk + pos) * gran(level));
        if (pos <= (clkDivisor - lvlClk) % clkDivisor) break;
      }
      clk = Math.floor(clk / clkDivisor) + (lvlClk > 0 ? 1 : 0);
    }
    this.nextExpiry = next;
    this.nextExpiryRecalc = false;
    this.timersPending = next !== this.clk + nextMaxDelta;
  }

  /** next_pending_bucket(): distance from `start` to the next used bucket of a level, or -1. */
  private nextPendingBucket(level: number, start: number): number {
    const low = this.pending[2 * level];
    const high = this.pending[2 * level + 1];
    if ((low | high) === 0) return -1;
    const above = start < 32 ? low & (-1 << start) : 0;
    const highAbove = start < 32 ? high : high & (-1 << (start - 32));
    let pos: number;
    if (above !== 0) pos = lowestBit(above);
    else if (highAbove !== 0) pos = 32 + lowestBit(highAbove);
    else pos = low !== 0 ? lowestBit(low) : 32 + lowestBit(high);
    return (pos - start + levelSize) % levelSize;
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
