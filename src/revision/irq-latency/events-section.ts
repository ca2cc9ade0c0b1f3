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
  isHeld(): boolean;
}

/** struct panthor_scheduler with the member that patch 4 adds. */
interface WithEventsLock extends PanthorScheduler {
  eventsLock?: EventsSection;
}

/** Where `events_lock` is taken with interrupts off: v3 nowhere, v2 everywhere. */
export type EventsIrqsave = "nowhere" | "in interrupts" | "everywhere";

/** Initialises `events_lock`. */
export function addEventsLock(m: Machine, sched: PanthorScheduler, irqsave: EventsIrqsave): void {
  const lock = new SpinLock(m, "&sched->events_lock");
  const off = irqsave === "everywhere";
  const offAlone = irqsave !== "nowhere";
  (sched as WithEventsLock).eventsLock = {
    enter: () => (off ? lock.lockIrqsave() : lock.lock()),
    leave: () => (off ? lock.unlockIrqrestore() : lock.unlock()),
    enterAlone: () => (offAlone ? lock.lockIrqsave() : lock.lock()),
    leaveAlone: () => (offAlone ? lock.unlockIrqrestore() : lock.unlock()),
    assertHeld: () => lock.assertHeld(),
    isHeld: () => lock.owner !== null && lock.owner === m.ctx,
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
    isHeld: () => sched.lock.isHeld(),
  };
}
