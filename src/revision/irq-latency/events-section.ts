// What protects the processing of firmware events once the series is applied: a spinlock of its
// own, `panthor_scheduler::events_lock`, which patch 4 adds to the scheduler. The later patches
// work without patch 4 as well (leave-one-out): events are then still protected by sched->lock.

import type { PanthorScheduler } from "../../driver/sched/types.ts";
import { type Atomic, done, type Kernel } from "../../machine/core/op.ts";
import type { Machine } from "../../machine/core/machine.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";

export interface EventsSection {
  /** Entered by tick and suspend, which hold sched->lock. */
  enter(): Atomic<void>;
  leave(): Atomic<void>;
  /** Entered by the event work or the interrupt, which hold nothing. */
  enterAlone(): Kernel<void>;
  leaveAlone(): Atomic<void>;
  assertHeld(): void;
}

/** struct panthor_scheduler with the member that patch 4 adds. */
interface WithEventsLock extends PanthorScheduler {
  eventsLock?: EventsSection;
}

/** Initialises `events_lock`. With `irqsave` it may be taken in hard interrupt context. */
export function addEventsLock(m: Machine, sched: PanthorScheduler, irqsave: boolean): void {
  const lock = new SpinLock(m, "&sched->events_lock");
  const enter = (): Atomic<void> => (irqsave ? lock.lockIrqsave() : lock.lock());
  const leave = (): Atomic<void> => (irqsave ? lock.unlockIrqrestore() : lock.unlock());
  (sched as WithEventsLock).eventsLock = {
    enter,
    leave,
    enterAlone: enter,
    leaveAlone: leave,
    assertHeld: () => lock.assertHeld(),
  };
}

/** `events_lock`, or sched->lock in its place where patch 4 is left out. */
export function eventsOf(sched: PanthorScheduler): EventsSection {
  const { eventsLock } = sched as WithEventsLock;
  if (eventsLock !== undefined) return eventsLock;
  return {
    enter: () => done(),
    leave: () => done(),
    enterAlone: () => sched.lock.lock(),
    leaveAlone: () => sched.lock.unlock(),
    assertHeld: () => sched.lock.assertHeld(),
  };
}
