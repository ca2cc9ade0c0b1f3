// The time limit of a job is the DRM scheduler's: it starts when the job is run, stops while its group
// waits for a slot and is not blocked, and a reset starts it again for every queue that has jobs, on a
// slot or not (7.3 has a limit per queue that only runs on a slot).
// Kernel: panthor_sched.c of 6.12 (group_create_queue, queue_run_job, cs_slot_prog_locked,
// cs_slot_reset_locked).

import type { Driver } from "../../../driver/driver.ts";
import { CS_STATE_MASK, CS_STATE_STOP } from "../../../driver/fw/iface-bits.ts";
import { bit } from "../../../driver/sched/bits.ts";
import {
  JOB_TIMEOUT_MS,
  type PanthorGroup,
  type PanthorQueue,
} from "../../../driver/sched/types.ts";
import { type Atomic, done } from "../../../machine/core/op.ts";
import { resumeTimeout, suspendTimeout } from "../../../machine/drm-sched/recovery.ts";
import { overlay, patch } from "../../patch.ts";

/** struct panthor_queue of 6.12. */
interface LimitedQueue extends PanthorQueue {
  timeoutSuspended?: boolean;
  remainingTime?: number;
}

function* suspendLimit({ linux }: Driver, group: PanthorGroup, csId: number): Atomic<void> {
  const queue = group.queues[csId] as LimitedQueue;
  // A wait for a signal from outside is timed, with or without a slot.
  if ((group.blockedQueues & bit(csId)) !== 0 || queue.timeoutSuspended === true) return;
  queue.remainingTime = yield* suspendTimeout(queue.scheduler!);
  queue.timeoutSuspended = true;
  const over = queue.remainingTime > linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
  group.ptdev.base.warnOn(over, "queue->remaining_time > msecs_to_jiffies(JOB_TIMEOUT_MS)");
}

export const jobTimeout = patch({
  id: "linux-6.12/job-timeout",
  title: "The DRM scheduler times jobs",
  source: "Linux 6.12",
  observable:
    "drm_sched_job_timedout for a job that lost its slot with a reset and never got one back",
  overlay: overlay((final, prev) => ({
    sched: {
      *queueInitSched(group, queue, ringbufSize) {
        const ret = yield* prev.sched.queueInitSched(group, queue, ringbufSize);
        const limit = final().linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
        if (queue.scheduler !== null) queue.scheduler.timeout = limit;
        return ret;
      },
      *queueEmitJob(queue, job) {
        yield* prev.sched.queueEmitJob(queue, job);
        const group = job.group!;
        if (group.csgId < 0) yield* suspendLimit(final(), group, job.queueIdx);
      },
      *csSlotProgLocked(ptdev, csgId, csId) {
        yield* prev.sched.csSlotProgLocked(ptdev, csgId, csId);
        const queue = ptdev.scheduler.csgSlots[csgId].group!.queues[csId] as LimitedQueue;
        const { insert, extract } = queue.iface.input;
        if (insert === extract || queue.timeoutSuspended !== true) return;
        yield* resumeTimeout(queue.scheduler!, queue.remainingTime!);
        queue.timeoutSuspended = false;
      },
      *csSlotResetLocked(ptdev, csgId, csId) {
        const { fw } = final();
        const csIface = fw.getCsIface(ptdev, csgId, csId);
        const { group } = ptdev.scheduler.csgSlots[csgId];
        ptdev.scheduler.lock.assertHeld();
        yield* fw.updateReqs(csIface, "req", CS_STATE_STOP, CS_STATE_MASK);
        yield* suspendLimit(final(), group!, csId);
        return 0;
      },
      // The limits of 7.3.
      queueResetTimeoutLocked: () => done(),
      queueSuspendTimeoutLocked: () => done(),
      queueResumeTimeout: () => done(),
    },
  })),
});
