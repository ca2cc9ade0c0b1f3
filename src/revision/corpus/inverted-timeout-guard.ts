// The guard of queue_reset_timeout_locked() the wrong way round: a running timer is not restarted
// by progress, a stopped one is. Kernel: panthor_sched.c before ac5b392a8c35.

import { JOB_TIMEOUT_MS } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const invertedTimeoutGuard = regression({
  id: "inverted-timeout-guard",
  title: "Progress does not restart the timer of a queue",
  fix: "ac5b392a8c35 drm/panthor: fix queue_reset_timeout_locked",
  effect: "a queue that makes progress is killed 5 s after its first job, or a hung one never",
  trace: "corpus/timeout-after-progress",
  catches: [{ by: "difference", section: "fences", kind: "delayed", of: /earlier/ }],
  overlay: overlay((final) => ({
    sched: {
      *queueResetTimeoutLocked(queue) {
        const { linux, sched } = final();
        queue.fenceCtx.lock.assertHeld();
        if (!sched.queueTimeoutIsSuspended(queue)) return;
        const delay = linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
        yield* queue.scheduler!.timeoutWq.modDelayedWork(queue.timeout.work, delay);
      },
    },
  })),
});
