// What the device needs from the machine around it: interrupt lines and timers.

import type { Machine } from "../machine/core/machine.ts";
import type { MachineEvent } from "../machine/core/event-queue.ts";

export type IrqLine = "gpu" | "mmu" | "job";

/** Interrupt blocks: that of PWR_CONTROL shares the line of the GPU block. */
export type IrqSource = IrqLine | "pwr";

/** Whatever the timer hook returns; only handed back to `cancelTimer`. */
export type TimerHandle = unknown;

export interface DeviceHooks {
  /** An interrupt line changed level. Called with the cause set to the irq_raise entry. */
  readonly setIrqLevel: (line: IrqLine, high: boolean) => void;
  /** One-shot timer; default: the machine's event queue. */
  readonly timer?: (delayNs: number, fn: () => void) => TimerHandle;
  readonly cancelTimer?: (handle: TimerHandle) => void;
  /** The clock that timers are programmed against (coarser than virtual time); default: that. */
  readonly clock?: () => number;
}

/** The hooks with defaults filled in. */
export interface DeviceClock {
  readonly timer: (delayNs: number, fn: () => void) => TimerHandle;
  readonly cancel: (handle: TimerHandle) => void;
  readonly now: () => number;
}

export function deviceClock(m: Machine, hooks: DeviceHooks): DeviceClock {
  if (hooks.timer === undefined) {
    return {
      timer: (delay, fn) => m.after(delay, fn),
      cancel: (handle) => m.cancel(handle as MachineEvent),
      now: hooks.clock ?? (() => m.now),
    };
  }
  const { timer, cancelTimer } = hooks;
  return {
    timer,
    cancel: (handle) => cancelTimer?.(handle),
    now: hooks.clock ?? (() => m.now),
  };
}
