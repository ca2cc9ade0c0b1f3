// A one-shot timer on the machine's event queue: what it does is caused by what its last start was
// caused by.

import type { MachineEvent } from "./event-queue.ts";
import type { Machine } from "./machine.ts";

export class EventTimer {
  private event: MachineEvent | null = null;

  constructor(
    private readonly m: Machine,
    private readonly fn: () => void,
  ) {}

  /** Calls the function after `delayNs`; an earlier start no longer counts. */
  start(delayNs: number): void {
    this.cancel();
    this.event = this.m.after(delayNs, this.fire);
  }

  cancel(): void {
    if (this.event === null) return;
    this.m.cancel(this.event);
    this.event = null;
  }

  private readonly fire = (): void => {
    this.event = null;
    this.fn();
  };
}
