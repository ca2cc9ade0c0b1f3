// The rules of EEVDF written down as plainly as possible, to hold the run queue against: exact
// integers, an unordered list, every average summed from scratch, no state but what a task has.

import { baseSliceNs } from "../../../src/machine/sched/fair.ts";

export interface NaiveTask {
  readonly pid: number;
  readonly weight: bigint;
  /** 2^32 / weight as the kernel rounds it. */
  readonly inverse: bigint;
  vruntime: bigint;
  deadline: bigint;
  lag: bigint;
  /** Picking does not take the CPU away before this vruntime. */
  protectedTo: bigint;
  queued: boolean;
  /** Asleep, but in the competition until it has paid for running ahead. */
  owing: boolean;
  /** Who was queued first wins among equal deadlines. */
  order: number;
}

const nice0 = 1024n;

export class NaiveRunQueue {
  readonly tasks: NaiveTask[] = [];
  running: NaiveTask | null = null;
  reschedules = 0;
  private readonly slice: bigint;
  private readonly lagLimit: bigint;
  private turn = 0;

  constructor(options: { cpus: number; hz: number }) {
    this.slice = BigInt(baseSliceNs(options.cpus));
    this.lagLimit = this.slice + 1_000_000_000n / BigInt(options.hz);
  }

  task(pid: number, weight: number): NaiveTask {
    const w = BigInt(weight);
    const task = {
      ...{ pid, weight: w, inverse: 0xffffffffn / w, vruntime: 0n, deadline: 0n, lag: 0n },
      ...{ protectedTo: 0n, queued: false, owing: false, order: 0 },
    };
    this.tasks.push(task);
    return task;
  }

  get competing(): NaiveTask[] {
    return this.tasks.filter((t) => t.queued);
  }

  /** Virtual time that a task's service takes. */
  private virtual(t: NaiveTask, ns: bigint): bigint {
    return t.weight === nice0 ? ns : (ns * nice0 * t.inverse) >> 32n;
  }

  /** The vruntime of a task that has had exactly its share. */
  average(): bigint {
    const all = this.competing;
    const weight = sum(all.map((t) => t.weight));
    return weight === 0n ? this.lastAverage : (this.lastAverage = floorDiv(weighed(all), weight));
  }
  private lastAverage = 0n;

  eligible(t: NaiveTask): boolean {
    const all = this.competing;
    return weighed(all) >= t.vruntime * sum(all.map((o) => o.weight));
  }

  /** Time passes for the running task. */
  run(ns: number): void {
    const t = this.running;
    if (t === null || ns <= 0) return;
    t.vruntime += this.virtual(t, BigInt(ns));
    const used = t.vruntime >= t.deadline;
    if (used) t.deadline = t.vruntime + this.virtual(t, this.slice);
    if (used) this.average();
    if (this.competing.length > 1 && (used || t.vruntime >= t.protectedTo)) this.reschedules++;
  }

  wake(t: NaiveTask, initial: boolean): void {
    if (t.owing) this.wakeOwing(t);
    else this.join(t, initial);
    if (t !== this.running) this.preempt(t, initial);
  }

  private join(t: NaiveTask, initial: boolean): void {
    this.place(t, initial);
    t.queued = true;
    t.order = ++this.turn;
  }

  /** A task joins with the lag that it left with, scaled for what joining does to the average. */
  private place(t: NaiveTask, initial: boolean): void {
    const others = this.competing.filter((o) => o !== t);
    const average = this.average();
    const weight = sum(others.map((o) => o.weight));
    const lag = others.length === 0 ? 0n : t.lag + (t.lag * t.weight) / weight;
    t.vruntime = average - lag;
    const request = this.virtual(t, this.slice);
    t.deadline = t.vruntime + (initial ? request / 2n : request);
  }

  private wakeOwing(t: NaiveTask): void {
    const unclamped = this.average() - t.vruntime;
    this.rememberLag(t);
    t.owing = false;
    if (t.lag === unclamped || t === this.running) return;
    t.queued = false;
    this.join(t, false);
  }

  private rememberLag(t: NaiveTask): void {
    const limit = this.virtual(t, this.lagLimit);
    let lag = clamp(this.average() - t.vruntime, -limit, limit);
    // Sleeping pays a debt, but earns nothing.
    if (t.owing) lag = clamp(lag, t.lag, 0n);
    t.lag = lag;
  }

  /** The running task blocks; it may have to stay in the competition. */
  block(): void {
    const t = this.running!;
    this.rememberLag(t);
    if (this.eligible(t)) t.queued = false;
    else t.owing = true;
  }

  /** Picks, and makes the pick the running task. */
  schedule(): NaiveTask | null {
    const next = this.pick();
    if (next !== this.running) {
      if (this.running?.queued === true) this.running.order = ++this.turn;
      this.running = next;
      if (next !== null) next.protectedTo = next.deadline;
    }
    return next;
  }

  private pick(): NaiveTask | null {
    while (this.competing.length > 0) {
      const t = this.best();
      if (!t.owing) return t;
      this.rememberLag(t);
      t.queued = false;
      t.owing = false;
    }
    return null;
  }

  private best(): NaiveTask {
    const all = this.competing;
    if (all.length === 1) return all[0];
    const able = all.filter((t) => this.eligible(t));
    const { running } = this;
    const runs = running !== null && able.includes(running);
    if (runs && running.vruntime < running.protectedTo) return running;
    // Among equal deadlines the running task is the last.
    const rank = (t: NaiveTask): number => (t === running ? Infinity : t.order);
    able.sort((a, b) => Number(a.deadline - b.deadline) || (rank(a) < rank(b) ? -1 : 1));
    return able[0];
  }

  private preempt(t: NaiveTask, fork: boolean): void {
    const { running } = this;
    if (running === null) return;
    if (!fork && this.pick() === t) {
      if (running.vruntime < running.protectedTo) running.protectedTo = running.vruntime;
      this.reschedules++;
      return;
    }
    const average = this.average();
    const from = running.vruntime < average ? running.vruntime : average;
    const to = from + this.virtual(running, this.slice);
    if (to < running.protectedTo) running.protectedTo = to;
  }
}

const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);
const weighed = (list: readonly NaiveTask[]): bigint => sum(list.map((t) => t.vruntime * t.weight));
const clamp = (n: bigint, low: bigint, high: bigint): bigint =>
  n < low ? low : n > high ? high : n;
const floorDiv = (a: bigint, b: bigint): bigint => (a < 0n && a % b !== 0n ? a / b - 1n : a / b);
