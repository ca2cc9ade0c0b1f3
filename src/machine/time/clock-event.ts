// A CPU's one-shot clock event device: kernel/time/clockevents.c (clockevents_program_event) and
// the User-Mode Linux timer (arch/um/kernel/time.c), which fires one ns after the programmed time.

import type { Cpu, PendingIrq } from "../core/cpu.ts";
import type { MachineEvent } from "../core/event-queue.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic } from "../core/op.ts";
import type { Clock } from "./clock.ts";

/** Longest distance that can be programmed, ns. */
const maxDeltaNs = 0xffffffff;

/** struct clock_event_device in one-shot mode. */
export class ClockEvent {
  private event: MachineEvent | null = null;
  /** The minimum distance is programmed: earlier requests change nothing. */
  private forced = false;
  private readonly minDeltaNs: number;
  private readonly extraNs: number;
  private readonly irq: PendingIrq;

  constructor(
    private readonly m: Machine,
    private readonly cpu: Cpu,
    private readonly clock: Clock,
    private readonly handler: () => Atomic,
  ) {
    this.minDeltaNs = clock.options.minDeltaNs;
    this.extraNs = clock.options.programExtraNs ?? 0;
    this.irq = {
      name: "hr timer",
      cause: -1,
      start: () => {
        this.forced = false;
        return this.handler();
      },
    };
  }

  /** tick_program_event(expires, force): Infinity stops the device. */
  program(expiresNs: number): void {
    if (expiresNs === Infinity) {
      this.set(Infinity);
      return;
    }
    const { minDeltaNs } = this;
    const delta = expiresNs - this.clock.now;
    if (delta > minDeltaNs) {
      this.forced = false;
      this.set(Math.min(delta, maxDeltaNs));
      return;
    }
    if (this.forced) return;
    this.forced = true;
    this.set(minDeltaNs);
  }

  private set(deltaNs: number): void {
    if (this.event !== null) this.m.cancel(this.event);
    if (deltaNs === Infinity) {
      this.event = null;
      return;
    }
    // A timer is armed by many: what its callbacks do is caused by whoever started each.
    const { at } = this.m;
    const { cause } = at;
    at.cause = -1;
    this.event = this.m.after(deltaNs + this.extraNs, this.fire);
    at.cause = cause;
  }

  private readonly fire = (): void => {
    this.event = null;
    this.m.interrupt(this.cpu, this.irq);
  };
}
