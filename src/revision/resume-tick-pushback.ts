// sched_resume_tick() before 7.2-rc2: it overrules an immediate tick that is pending. The corpus takes
// the fix back with it, the interrupt series is wrong with it.

import { NO_TICK } from "../driver/sched/types.ts";
import { overlay } from "./patch.ts";

export const resumeTickPushback = overlay((final) => ({
  sched: {
    *schedResumeTick(ptdev) {
      const { linux, sched } = final();
      const { scheduler } = ptdev;
      const stopped = scheduler.reschedTarget === NO_TICK;
      ptdev.base.warnOn(!stopped, "sched->resched_target != U64_MAX");
      const now = linux.time.jiffies;
      scheduler.reschedTarget = scheduler.lastTick + scheduler.tickPeriod;
      const full = scheduler.usedCsgSlotCount === scheduler.csgSlotCount;
      const delay = full ? Math.max(0, scheduler.reschedTarget - now) : 0;
      yield* sched.schedQueueDelayedWork(scheduler, scheduler.tickWork, delay);
    },
  },
}));
