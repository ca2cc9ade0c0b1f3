// A one-shot timer of the device. What it does is caused by what the starter was caused by.

import type { ArmableTimer, DeviceClock } from "./hooks.ts";

export class DeviceTimer {
  private readonly timer: ArmableTimer;
  private deadline = 0;
  private armed = false;

  constructor(
    private readonly clock: DeviceClock,
    fn: () => void,
  ) {
    this.timer = clock.timer(() => {
      this.armed = false;
      fn();
    });
  }

  get pending(): boolean {
    return this.armed;
  }

  /** Nanoseconds until it fires, by the clock that timers use. */
  get remaining(): number {
    return Math.max(0, this.deadline - this.clock.now());
  }

  /** (Re)starts the timer. */
  start(delayNs: number): void {
    if (this.armed) this.timer.cancel();
    this.deadline = this.clock.now() + delayNs;
    this.armed = true;
    this.timer.start(delayNs);
  }

  /** Starts the timer unless it is already running. */
  startIfIdle(delayNs: number): void {
    if (!this.armed) this.start(delayNs);
  }

  cancel(): void {
    if (!this.armed) return;
    this.armed = false;
    this.timer.cancel();
  }
}
