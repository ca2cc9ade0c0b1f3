// The scoreboard of a stream: which entries have work in flight, and operations that wait for
// entries before they happen (instructions with a wait mask).

import type { StreamHost } from "./host.ts";
import { removeAt } from "../../machine/core/small-array.ts";
import { DeviceTimer } from "../timer.ts";

/** Work on an entry, with the timer that ends it. */
interface Work {
  entry: number;
  done: (() => void) | null;
  readonly timer: DeviceTimer;
}

/** An instruction that happens when the entries of `mask` are free. */
export interface Deferred {
  readonly mask: number;
  readonly entry: number;
  readonly run: () => void;
}

export const entriesMax = 16;

export class Scoreboard {
  private readonly counts = new Uint16Array(entriesMax);
  /** Bit per entry whose count is above 0. */
  private mask = 0;
  private work: Work[] = [];
  /** Work that has ended: its timer is used again. */
  private readonly spare: Work[] = [];
  private deferred: Deferred[] = [];

  constructor(
    private readonly host: StreamHost,
    /** Called when an entry became free. */
    private readonly onFree: () => void,
  ) {}

  /** Bit per entry with work in flight. */
  get busy(): number {
    return this.mask;
  }

  private hold(entry: number): void {
    this.counts[entry]++;
    this.mask |= 1 << entry;
  }

  private drop(entry: number): void {
    // Cleared in between: there is nothing left to drop.
    if (this.counts[entry] === 0) return;
    if (--this.counts[entry] === 0) this.mask &= ~(1 << entry);
  }

  isBusy(mask: number): boolean {
    return (this.busy & mask) !== 0;
  }

  get deferredCount(): number {
    return this.deferred.length;
  }

  /** Work on `entry` that ends after `ns`; `done` happens then, if there is anything. */
  start(entry: number, ns: number, done: (() => void) | null): void {
    this.hold(entry);
    const item = this.spare.pop() ?? this.newWork();
    item.entry = entry;
    item.done = done;
    this.work.push(item);
    item.timer.start(ns);
  }

  private newWork(): Work {
    const item: Work = {
      entry: 0,
      done: null,
      timer: new DeviceTimer(this.host.clock, () => {
        removeAt(this.work, this.work.indexOf(item));
        this.spare.push(item);
        const { done, entry } = item;
        done?.();
        this.free(entry);
      }),
    };
    return item;
  }

  /** Work on `entry` that never ends. */
  hang(entry: number): void {
    this.hold(entry);
  }

  /** Runs `op` now, or when the entries of its mask are free. */
  defer(op: Deferred): void {
    if (!this.isBusy(op.mask)) {
      op.run();
      return;
    }
    this.hold(op.entry);
    this.deferred.push(op);
  }

  /** Nanoseconds of work left on each entry, for the suspend buffer. */
  remaining(): { readonly entry: number; readonly ns: number }[] {
    return this.work.map((w) => ({ entry: w.entry, ns: w.timer.remaining }));
  }

  clear(): void {
    for (const w of this.work) w.timer.cancel();
    this.spare.push(...this.work);
    this.work = [];
    this.deferred = [];
    this.counts.fill(0);
    this.mask = 0;
  }

  private free(entry: number): void {
    this.drop(entry);
    while (this.deferred.length > 0) {
      const i = this.deferred.findIndex((d) => (this.busyWithout(d) & d.mask) === 0);
      if (i < 0) break;
      const [d] = this.deferred.splice(i, 1);
      d.run();
      this.drop(d.entry);
    }
    this.onFree();
  }

  /** Busy entries, not counting what `d` itself holds. */
  private busyWithout(d: Deferred): number {
    return this.counts[d.entry] > 1 ? this.mask : this.mask & ~(1 << d.entry);
  }
}
