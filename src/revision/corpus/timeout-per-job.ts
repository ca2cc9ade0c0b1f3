// The time-out was that of the DRM scheduler, for each job, and suspended by hand: a completed job
// did not restart it. Kernel: panthor_sched.c before 345c5b7cc0f8.

import { bit } from "../../driver/sched/bits.ts";
import { JOB_TIMEOUT_MS } from "../../driver/sched/types.ts";
import type { PanthorQueue } from "../../driver/sched/types.ts";
import { done } from "../../machine/core/op.ts";
import { resumeTimeout, suspendTimeout } from "../../machine/drm-sched/recovery.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const timeoutPerJob = regression({
  id: "timeout-per-job",
  title: "Time-outs are per job and suspended behind the scheduler",
  fix: "345c5b7cc0f8 drm/panthor: Make the timeout per-queue instead of per-job",
  effect: "each new job restarts the timer, so a hung one lives on for as long as jobs come",
  trace: "corpus/jobs-behind-a-hung-one",
  catches: [{ by: "difference", section: "fences", kind: "delayed", of: /./ }],
  overlay: overlay((final, prev) => {
    interface Timer {
      suspended: boolean;
      remaining: number;
    }
    const timers = new WeakMap<PanthorQueue, Timer>();
    const timerOf = (queue: PanthorQueue): Timer => {
      const timer = timers.get(queue) ?? { suspended: false, remaining: 0 };
      timers.set(queue, timer);
      return timer;
    };
    return {
      sched: {
        *queueInitSched(group, queue, ringbufSize) {
          const ret = yield* prev.sched.queueInitSched(group, queue, ringbufSize);
          if (ret === 0) {
            queue.scheduler!.timeout = final().linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
          }
          return ret;
        },
        // The timer of the queue did not exist.
        queueResetTimeoutLocked: () => done(),
        queueSuspendTimeoutLocked: () => done(),
        *queueSuspendTimeout(queue) {
          const timer = timerOf(queue);
          if (timer.suspended) return;
          timer.remaining = yield* suspendTimeout(queue.scheduler!);
          timer.suspended = true;
        },
        *queueResumeTimeout(queue) {
          const timer = timerOf(queue);
          if (!timer.suspended) return;
          yield* resumeTimeout(queue.scheduler!, timer.remaining);
          timer.suspended = false;
        },
        *queueEmitJob(queue, job) {
          yield* prev.sched.queueEmitJob(queue, job);
          const group = job.group!;
          if (group.csgId >= 0 || (group.blockedQueues & bit(job.queueIdx)) !== 0) return;
          yield* final().sched.queueSuspendTimeout(queue);
        },
        *queueKick(queue, job) {
          // A queue on a slot was resumed when its slot was programmed, and only then.
          const { suspended } = timerOf(queue);
          timerOf(queue).suspended = false;
          yield* prev.sched.queueKick(queue, job);
          timerOf(queue).suspended = suspended;
        },
      },
    };
  }),
});
