// While a reset is in progress, the timers of XGS jobs stand still, and the lists of groups are the
// reset's: who wants to look at blocked groups does so behind it.

import { resumeTimeout, suspendTimeout } from "../../../machine/drm-sched/recovery.ts";
import { patch } from "../../patch.ts";
import { userDevice } from "../state.ts";
import { usubOverlay } from "../unit.ts";
import type { XgsQueue } from "../xgs-types.ts";

export const quiesce = patch({
  id: "user-submission/fix-05",
  title: "drm/panthor: Leave timers of XGS jobs and lists of groups to a reset",
  source: "corrects patches 6 and 8 (USUB-1, USUB-9)",
  observable: "no XGS timeout because of a reset; no group is lost in one",
  overlay: usubOverlay((_, prev) => {
    const left = new Map<XgsQueue, number>();
    return {
      sched: {
        *syncUpdWork(sched) {
          // panthor_sched_post_reset() queues it again.
          if (!sched.reset.inProgress) yield* prev.sched.syncUpdWork(sched);
        },
        *preReset(ptdev) {
          for (const queue of userDevice(ptdev).xgsQueues) {
            if (queue.scheduler!.pendingList.length === 0) continue;
            left.set(queue, yield* suspendTimeout(queue.scheduler!));
          }
          yield* prev.sched.preReset(ptdev);
        },
        *postReset(ptdev, resetFailed) {
          yield* prev.sched.postReset(ptdev, resetFailed);
          for (const [queue, remaining] of left) {
            if (queue.scheduler!.ready) yield* resumeTimeout(queue.scheduler!, remaining);
          }
          left.clear();
        },
      },
    };
  }),
});
