// `might_have_idle_groups` belongs to the tick. The idle event only queues a tick at once, which
// recomputes the flag. Kernel: panthor_sched.c, merged as 3c94362589ed; not in v3.

import { overlay, patch } from "../patch.ts";

export const idleFlag = patch({
  id: "irq-latency/idle-flag",
  title: "might_have_idle_groups is no longer written in the idle-event path",
  source: "3c94362589ed; new after v3",
  observable: "nothing: the tick that the event queues writes the flag",
  overlay: overlay((final) => ({
    sched: {
      *csgSlotProcessIdleEventLocked(ptdev) {
        const { sched } = final();
        const { scheduler } = ptdev;
        sched.assertEventsLocked(scheduler);
        yield* sched.schedQueueDelayedWork(scheduler, scheduler.tickWork, 0);
      },
    },
  })),
});
