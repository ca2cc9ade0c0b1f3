// What the new lock of the series is for, as assertions and as their violations. In the driver an
// assertion that fails is a warning; so are these.

import type { Overlay } from "../../../driver/driver.ts";
import type { PanthorScheduler } from "../../../driver/sched/types.ts";
import { EINVAL } from "../../../machine/errno.ts";
import type { Machine } from "../../../machine/core/machine.ts";
import { mightSleep } from "../../../machine/lock/might-sleep.ts";
import { overlay, patch } from "../../patch.ts";
import { eventsOf } from "../events-section.ts";

/** lockdep_assert_held(), once per place. */
function makeAssert(m: () => Machine) {
  const warned = new Set<string>();
  return (held: boolean, lock: string, where: string): void => {
    if (held || warned.has(where)) return;
    warned.add(where);
    m().rec.log("warn", `WARNING: ${where}: lockdep_assert_held(&sched->${lock})`);
  };
}

const eventsHeld = (sched: PanthorScheduler): boolean => eventsOf(sched).isHeld();

/** IRQ-9: the assertion that v1 lacks. */
export const assertEventsInSuspend = patch({
  id: "irq-latency/assert-events-in-suspend",
  title: "Assert events_lock where completions are checked",
  source: "the rule of csg_slot_sync_update_locked()",
  observable: "nothing where the rule is kept",
  overlay: overlay((final, prev) => {
    const assert = makeAssert(() => final().linux.m);
    return {
      sched: {
        *csgSlotSyncUpdateLocked(ptdev, csgId) {
          const where = "csg_slot_sync_update_locked()";
          assert(eventsHeld(ptdev.scheduler), "events_lock", where);
          yield* prev.sched.csgSlotSyncUpdateLocked(ptdev, csgId);
        },
      },
    };
  }),
});

/** IRQ-23: `might_have_idle_groups` belongs to sched->lock. */
const idleFlagAssertion: Overlay = overlay((final, prev) => {
  const assert = makeAssert(() => final().linux.m);
  return {
    sched: {
      *csgSlotProcessIdleEventLocked(ptdev, csgId) {
        const { scheduler } = ptdev;
        const before = scheduler.mightHaveIdleGroups;
        scheduler.mightHaveIdleGroups = false;
        yield* prev.sched.csgSlotProcessIdleEventLocked(ptdev, csgId);
        const written = scheduler.mightHaveIdleGroups;
        scheduler.mightHaveIdleGroups ||= before;
        const where = "csg_slot_process_idle_event_locked()";
        if (written) assert(scheduler.lock.isHeld(), "lock", where);
      },
    },
  };
});

export const assertIdleFlag = patch({
  id: "irq-latency/assert-idle-flag",
  title: "Assert sched->lock where might_have_idle_groups is written",
  source: "the rule of the field",
  observable: "nothing where the rule is kept",
  overlay: idleFlagAssertion,
});

/** IRQ-25: the rule as v5 words it. */
export const assertBothForPriority = patch({
  id: "irq-latency/assert-both-for-priority",
  title: "Assert both locks wherever csg_slots is written",
  source: "v5 13/16, the wording of the rule",
  observable: "a false alarm where the priority of a slot is read back",
  overlay: overlay((final, prev) => {
    const assert = makeAssert(() => final().linux.m);
    return {
      sched: {
        csgSlotSyncPriorityLocked(ptdev, csgId) {
          const { scheduler } = ptdev;
          const where = "csg_slot_sync_priority_locked()";
          assert(scheduler.lock.isHeld(), "lock", where);
          assert(eventsHeld(scheduler), "events_lock", where);
          return prev.sched.csgSlotSyncPriorityLocked(ptdev, csgId);
        },
      },
    };
  }),
});

/** IRQ-25: the rule as merged: for the binding of groups only. */
export const assertBothForBinding = patch({
  id: "irq-latency/assert-both-for-binding",
  title: "Assert both locks where a group gets or leaves a slot",
  source: "e6187c990af2, the wording of the rule",
  observable: "nothing",
  overlay: overlay((final, prev) => {
    const assert = makeAssert(() => final().linux.m);
    return {
      sched: {
        *groupEnterSlot(group, csgId) {
          const { scheduler } = group.ptdev;
          assert(scheduler.lock.isHeld(), "lock", "group_bind_locked()");
          yield* prev.sched.groupEnterSlot(group, csgId);
        },
        *groupLeaveSlot(group) {
          const { scheduler } = group.ptdev;
          assert(scheduler.lock.isHeld(), "lock", "group_unbind_locked()");
          assert(eventsHeld(scheduler), "events_lock", "group_unbind_locked()");
          yield* prev.sched.groupLeaveSlot(group);
        },
      },
    };
  }),
});

/** IRQ-26: panthor_vm_idle() takes mutexes. */
export const vmIdleUnderEventsLock = patch({
  id: "irq-latency/mutant-vm-idle-under-events-lock",
  title: "panthor_vm_idle() under events_lock",
  source: "the decision of v3 4/7, inverted",
  observable: "a mutex is taken in atomic context when the last group of a VM leaves",
  overlay: overlay((final) => ({
    sched: {
      *groupUnbindLocked(group) {
        const { mmu, sched } = final();
        const { ptdev } = group;
        const section = eventsOf(ptdev.scheduler);
        if (!sched.groupMayUnbind(group)) return -EINVAL;
        yield* section.enter();
        yield* sched.schedProcessCsgIrqLocked(ptdev, group.csgId);
        yield* sched.groupLeaveSlot(group);
        yield* mmu.vmIdle(group.vm!);
        yield* section.leave();
        yield* sched.groupPut(group);
        return 0;
      },
    },
  })),
});

/** IRQ-6: an ack waiter that holds what the interrupt needs. */
export const ackWaitUnderEventsLock = patch({
  id: "irq-latency/mutant-ack-wait-under-events-lock",
  title: "Requests to slots are awaited under events_lock",
  source: "v1 9/10, candidate (c) for its deadlock",
  observable: "a sleep in atomic context, with interrupts off where the lock is taken so",
  overlay: overlay((_, prev) => ({
    sched: {
      *csgsUpdCtxApplyLocked(ptdev, ctx) {
        const section = eventsOf(ptdev.scheduler);
        yield* section.enter();
        const ret = yield* prev.sched.csgsUpdCtxApplyLocked(ptdev, ctx);
        yield* section.leave();
        return ret;
      },
    },
  })),
});

/** IRQ-32: an allocation where fences are signalled. */
export const allocationInCompletionCheck = patch({
  id: "irq-latency/mutant-allocation-in-completion-check",
  title: "The completion check allocates memory",
  source: "what dma_fence_begin_signalling() is there to find",
  observable: "found as a wait for reclaim up to P4, from P5 only as sleeping in atomic context",
  overlay: overlay((final, prev) => ({
    sched: {
      *queueCheckJobCompletion(queue) {
        const { lockdep, m } = final().linux;
        mightSleep(m, "__kmalloc_noprof");
        lockdep?.mightAlloc();
        return yield* prev.sched.queueCheckJobCompletion(queue);
      },
    },
  })),
});
