// The completion of jobs is checked where the sync update event is processed, not in a work of the
// group: the fence is signalled before the doorbell that answers the event. The work of the
// scheduler that looks at blocked queues is still deferred.
// Kernel: panthor_sched.c, merged as e17b176bf3a4.

import { overlay, patch } from "../patch.ts";

export const dontDeferJobCompletionChecks = patch({
  id: "irq-latency/0005",
  title: "Don't defer job completion checks",
  source: "e17b176bf3a4; v3 5/7",
  observable:
    "fences are signalled by the event work, or by the worker that unbinds the group; " +
    "group_sync_upd_work is gone; fence before doorbell",
  overlay: overlay((final) => ({
    sched: {
      *csgSlotSyncUpdateLocked(ptdev, csgId) {
        const { sched } = final();
        const { scheduler } = ptdev;
        const { group } = scheduler.csgSlots[csgId];
        sched.assertEventsLocked(scheduler);
        if (group !== null) yield* sched.groupCheckJobCompletion(group);
        yield* sched.schedQueueWork(scheduler, scheduler.syncUpdWork);
      },
    },
  })),
});
