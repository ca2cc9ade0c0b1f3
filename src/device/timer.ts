// A one-shot timer of the device. What it does is caused by what the starter was caused by.

import type { EmitContext } from "../timeline/recorder.ts";
import type { DeviceClock, TimerHandle } from "./hooks.ts";

export class DeviceTimer {
  private handle: TimerHandle | null = null;
  /** Counts starts, so that a callback that could not be cancelled is recognised as stale. */
  private generation = 0;
  private deadline = 0;

  constructor(
    private readonly clock: DeviceClock,
    private readonly at: EmitContext,
    private readonly fn: () => void,
  ) {}

  get pending(): boolean {
    return this.handle !== null;
  }

  /** Nanoseconds until it fires, by the clock that timers use. */
  get remaining(): number {
    return Math.max(0, this.deadline - this.clock.now());
  }

  /** (Re)starts the timer. */
  start(delayNs: number): void {
    this.cancel();
    const { at } = this;
    const cause = at.cause;
    const generation = ++this.generation;
    this.deadline = this.clock.now() + delayNs;
    this.handle = this.clock.timer(delayNs, () => {
      if (generation !== this.generation) return;
      this.handle = null;
      const outer = at.cause;
      at.cause = cause;
      this.fn();
      at.cause = outer;
    });
  }

  /** Starts the timer unless it is already running. */
  startIfIdle(delayNs: number): void {
    if (this.handle === null) this.start(delayNs);
  }

  cancel(): void {
    if (this.handle === null) return;
    this.clock.cancel(this.handle);
    this.handle = null;
    this.generation++;
  }
}
