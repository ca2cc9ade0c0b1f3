// panthor_sched_post_reset() was not called when the reset failed, so stopped queues stayed
// stopped. Kernel: panthor_device.c before "drm/panthor: Call panthor_sched_post_reset() even if
// the reset failed".

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const postResetSkipped = regression({
  id: "post-reset-skipped",
  title: "A failed reset leaves the queues stopped",
  fix: "3ce4322b1a3a drm/panthor: Call panthor_sched_post_reset() even if the reset failed",
  effect: "fences of jobs in flight never signal after a reset that failed",
  trace: "07o-reset-boot-fails-unplug",
  catches: [{ by: "difference", section: "fences", kind: "missing", of: /never signalled/ }],
  overlay: overlay((_, prev) => ({
    sched: {
      *postReset(ptdev, resetFailed) {
        if (!resetFailed) yield* prev.sched.postReset(ptdev, resetFailed);
      },
    },
  })),
});
