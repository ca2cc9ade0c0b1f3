// A timer in jiffies: struct timer_list (include/linux/timer_types.h).

import type { Atomic, Kernel } from "../core/op.ts";
import type { TimerWheel } from "./timer-wheel.ts";
import type { Timers } from "./timers.ts";

/** Flags of a timer (TIMER_*). */
export interface TimerFlags {
  /** The callback runs with interrupts off. */
  readonly irqsafe?: boolean;
  /** Does not end the sleep of an idle CPU. */
  readonly deferrable?: boolean;
  readonly pinned?: boolean;
  /** Of the rest of the system: when only such timers are left, nothing more will happen. */
  readonly background?: boolean;
}

/** struct timer_list. */
export class Timer {
  expires = 0;
  /** Where it is queued; null when not pending. */
  bucket: Timer[] | null = null;
  index = 0;
  wheel: TimerWheel | null = null;
  /** Number in the timeline, given when first started. */
  id = 0;
  /** Interned function name, once it has appeared there. */
  functionId = -1;
  /** Timeline entry that started it. */
  cause = -1;
  shutdown = false;
  readonly irqsafe: boolean;
  readonly deferrable: boolean;
  readonly pinned: boolean;
  readonly background: boolean;

  constructor(
    private readonly timers: Timers,
    readonly functionName: string,
    readonly fn: () => Atomic<void>,
    { irqsafe, deferrable, pinned, background }: TimerFlags = {},
  ) {
    this.irqsafe = irqsafe === true;
    this.deferrable = deferrable === true;
    this.pinned = pinned === true;
    this.background = background === true;
  }

  /** timer_pending(). */
  get pending(): boolean {
    return this.bucket !== null;
  }

  /** mod_timer(): true if it was pending. */
  mod(expiresJiffies: number): Atomic<boolean> {
    return this.timers.mod(this, expiresJiffies);
  }

  /** timer_delete(): true if it was pending. */
  delete(): Atomic<boolean> {
    return this.timers.delete(this);
  }

  /** timer_delete_sync(): also waits for a callback that runs on another CPU. */
  deleteSync(): Kernel<boolean> {
    return this.timers.deleteSync(this);
  }

  /** timer_shutdown_sync(): deleted for good; later starts do nothing. */
  *shutdownSync(): Kernel<boolean> {
    this.shutdown = true;
    return yield* this.timers.deleteSync(this);
  }
}
