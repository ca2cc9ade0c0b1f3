// sched_resume_tick() put off a tick that was already queued to run at once. Kernel:
// panthor_sched.c before 6fec8b473497.

import { NO_TICK } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const immediateTickPushedBack = regression({
  id: "immediate-tick-pushed-back",
  title: "A submit puts off an immediate tick",
  fix: "6fec8b473497 drm/panthor: Don't overrule pending immediate ticks in sched_resume_tick()",
  effect: "what an event asked for at once happens up to a period later",
  trace: "corpus/fault-beside-submit",
  catches: [{ by: "difference", section: "fences", kind: "delayed", of: /later/ }],
  overlay: overlay((final) => ({
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
  })),
});
