// The scoreboard of a stream: which entries have work in flight, and operations that wait for
// entries before they happen (instructions with a wait mask).

import type { StreamHost } from "./host.ts";
import { DeviceTimer } from "../timer.ts";

interface Work {
  readonly entry: number;
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
  private work: Work[] = [];
  private deferred: Deferred[] = [];

  constructor(
    private readonly host: StreamHost,
    /** Called when an entry became free. */
    private readonly onFree: () => void,
  ) {}

  /** Bit per entry with work in flight. */
  get busy(): number {
    let mask = 0;
    for (let i = 0; i < entriesMax; i++) if (this.counts[i] > 0) mask |= 1 << i;
    return mask;
  }

  isBusy(mask: number): boolean {
    return (this.busy & mask) !== 0;
  }

  get deferredCount(): number {
    return this.deferred.length;
  }

  /** Work on `entry` that ends after `ns`; `done` happens then. */
  start(entry: number, ns: number, done: () => void): void {
    this.counts[entry]++;
    const item: Work = {
      entry,
      timer: new DeviceTimer(this.host.clock, this.host.events.m.at, () => {
        this.work = this.work.filter((w) => w !== item);
        done();
        this.free(entry);
      }),
    };
    this.work.push(item);
    item.timer.start(ns);
  }

  /** Work on `entry` that never ends. */
  hang(entry: number): void {
    this.counts[entry]++;
  }

  /** Runs `op` now, or when the entries of its mask are free. */
  defer(op: Deferred): void {
    if (!this.isBusy(op.mask)) {
      op.run();
      return;
    }
    this.counts[op.entry]++;
    this.deferred.push(op);
  }

  /** Nanoseconds of work left on each entry, for the suspend buffer. */
  remaining(): { readonly entry: number; readonly ns: number }[] {
    return this.work.map((w) => ({ entry: w.entry, ns: w.timer.remaining }));
  }

  clear(): void {
    for (const w of this.work) w.timer.cancel();
    this.work = [];
    this.deferred = [];
    this.counts.fill(0);
  }

  private free(entry: number): void {
    this.counts[entry]--;
    for (;;) {
      const i = this.deferred.findIndex((d) => (this.busyWithout(d) & d.mask) === 0);
      if (i < 0) break;
      const [d] = this.deferred.splice(i, 1);
      d.run();
      this.counts[d.entry]--;
    }
    this.onFree();
  }

  /** Busy entries, not counting what `d` itself holds. */
  private busyWithout(d: Deferred): number {
    let mask = 0;
    for (let i = 0; i < entriesMax; i++) {
      const own = i === d.entry ? 1 : 0;
      if (this.counts[i] > own) mask |= 1 << i;
    }
    return mask;
  }
}
