// As patch 6 of v2, with what its review found: process context takes `events_lock` with interrupts
// on (a candidate for the deadlock IRQ-6), the locks below it are plain (IRQ-7), the completion
// check asserts sched->lock, which the interrupt does not hold (IRQ-8), and the suspend path calls
// it without `events_lock` (IRQ-9).

import { overlay, patch } from "../../patch.ts";
import { eventsLockOverlay } from "../0004-events-spinlock.ts";
import { dontDeferFwEventProcessing } from "../0006-dont-defer-fw-event-processing.ts";
import { compose } from "../compose.ts";

/** Completion checks under an assertion that names the wrong lock. */
const completionCheck = overlay((final) => {
  let warned = false;
  return {
    sched: {
      *csgSlotSyncUpdateLocked(ptdev, csgId) {
        const { linux, sched } = final();
        const { scheduler } = ptdev;
        const { group } = scheduler.csgSlots[csgId];
        if (!warned && linux.m.lockdep !== null && !scheduler.lock.isHeld()) {
          warned = true;
          const where = "csg_slot_sync_update_locked()";
          linux.m.rec.log("warn", `WARNING: ${where}: lockdep_assert_held(&sched->lock)`);
        }
        if (group !== null) yield* sched.groupCheckJobCompletion(group);
        yield* sched.schedQueueWork(scheduler, scheduler.syncUpdWork);
      },

      *suspendSyncUpdate(ptdev, csgId) {
        yield* final().sched.csgSlotSyncUpdateLocked(ptdev, csgId);
      },
    },
  };
});

export const eventsFromInterruptV1 = patch({
  id: "irq-latency/v1-0006",
  title: "Process FW events and job completion where the interrupt reports them (v1)",
  source: "20260429-panthor-signal-from-irq-v1 6/10",
  observable: "as v2 6/11; a wrong lock assertion fires at the first completion",
  overlay: compose(
    eventsLockOverlay("in interrupts"),
    completionCheck,
    dontDeferFwEventProcessing.overlay,
  ),
});
