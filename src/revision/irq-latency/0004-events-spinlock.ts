// Firmware events are processed under a spinlock of their own in place of sched->lock, so the
// event work no longer waits for a tick. The binding of groups to slots changes under both locks.
// panthor_vm_idle() sleeps and comes after the spinlocked section.
// Kernel: panthor_sched.c, merged as e6187c990af2.

import type { Overlay } from "../../driver/driver.ts";
import { EINVAL } from "../../machine/errno.ts";
import { overlay, patch } from "../patch.ts";
import { addEventsLock, type EventsIrqsave, eventsOf } from "./events-section.ts";

/** v1 and v2 process events in hard interrupt context and take the lock with interrupts off. */
export const eventsLockOverlay = (irqsave: EventsIrqsave): Overlay =>
  overlay((final, prev) => ({
    sched: {
      *init(ptdev) {
        const ret = yield* prev.sched.init(ptdev);
        if (ret === 0) addEventsLock(final().linux.m, ptdev.scheduler, irqsave);
        return ret;
      },

      assertEventsLocked(sched) {
        eventsOf(sched).assertHeld();
      },

      *processFwEventsWork(sched) {
        const section = eventsOf(sched);
        const events = sched.fwEvents;
        sched.fwEvents = 0;
        yield* section.enterAlone();
        yield* final().sched.schedProcessEventsLocked(sched.ptdev, events);
        yield* section.leaveAlone();
      },

      *schedProcessCsgIrq(ptdev, csgId) {
        const section = eventsOf(ptdev.scheduler);
        yield* section.enter();
        yield* prev.sched.schedProcessCsgIrq(ptdev, csgId);
        yield* section.leave();
      },

      *suspendSyncUpdate(ptdev, csgId) {
        const section = eventsOf(ptdev.scheduler);
        yield* section.enter();
        yield* prev.sched.suspendSyncUpdate(ptdev, csgId);
        yield* section.leave();
      },

      *groupEnterSlot(group, csgId) {
        const section = eventsOf(group.ptdev.scheduler);
        yield* section.enter();
        yield* prev.sched.groupEnterSlot(group, csgId);
        yield* section.leave();
      },

      *groupUnbindLocked(group) {
        const { mmu, sched } = final();
        const section = eventsOf(group.ptdev.scheduler);
        if (!sched.groupMayUnbind(group)) return -EINVAL;
        yield* section.enter();
        yield* sched.groupLeaveSlot(group);
        yield* section.leave();
        yield* mmu.vmIdle(group.vm!);
        yield* sched.groupPut(group);
        return 0;
      },
    },
  }));

export const eventsSpinlock = patch({
  id: "irq-latency/0004",
  title: "Protect events processing with a separate spinlock",
  source: "e6187c990af2; v3 4/7",
  observable:
    "events are processed while a tick waits for the firmware; the event work is not preempted " +
    "before its doorbell, so the fence comes after it",
  overlay: eventsLockOverlay("nowhere"),
});
