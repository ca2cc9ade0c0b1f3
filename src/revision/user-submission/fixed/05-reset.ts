// The timers of XGS jobs stand still while a reset is in progress.

import { resumeTimeout, suspendTimeout } from "../../../machine/drm-sched/recovery.ts";
import { patch } from "../../patch.ts";
import { userDevice } from "../state.ts";
import { usubOverlay } from "../unit.ts";
import type { XgsQueue } from "../xgs-types.ts";

export const quiesce = patch({
  id: "user-submission/fix-05",
  title: "drm/panthor: Stop the timers of XGS jobs around a reset",
  source: "corrects patch 6 (USUB-9)",
  observable: "no XGS timeout because of a reset",
  overlay: usubOverlay((_, prev) => {
    const left = new Map<XgsQueue, number>();
    return {
      sched: {
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
