// What the device needs from the machine around it: interrupt lines and timers.

import type { Machine } from "../machine/core/machine.ts";
import { EventTimer } from "../machine/core/event-timer.ts";
import type { DeviceTimer } from "../machine/time/hrtimer.ts";

export type IrqLine = "gpu" | "mmu" | "job";

/** Interrupt blocks: that of PWR_CONTROL shares the line of the GPU block. */
export type IrqSource = IrqLine | "pwr";

/** A one-shot timer: armed any number of times, one at a time. */
export type ArmableTimer = DeviceTimer;

export interface DeviceHooks {
  /** An interrupt line changed level. Called with the cause set to the irq_raise entry. */
  readonly setIrqLevel: (line: IrqLine, high: boolean) => void;
  /** Makes a timer that calls `fn`; default: on the machine's event queue. */
  readonly timer?: (fn: () => void) => ArmableTimer;
  /** The clock that timers are programmed against (coarser than virtual time); default: that. */
  readonly clock?: () => number;
}

/** The hooks with defaults filled in. */
export interface DeviceClock {
  readonly timer: (fn: () => void) => ArmableTimer;
  readonly now: () => number;
}

export function deviceClock(m: Machine, hooks: DeviceHooks): DeviceClock {
  return {
    timer: hooks.timer ?? ((fn) => new EventTimer(m, fn)),
    now: hooks.clock ?? (() => m.now),
  };
}
