// The job timeout of a queue: a delayed work that stops while the queue cannot make progress.
// Kernel: panthor_sched.c (7.3), queue_{reset,suspend,resume}_timeout*(), queue_timeout_work().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { schedFault } from "../../machine/drm-sched/recovery.ts";
import type { Driver } from "../driver.ts";
import { bit } from "./bits.ts";
import { listFirstOrNull } from "./list.ts";
import { JOB_TIMEOUT_MS, MAX_SCHEDULE_TIMEOUT } from "./types.ts";
import type { PanthorQueue } from "./types.ts";

export const queueTimeoutOps = (drv: Driver) => ({
  /** queue_timeout_is_suspended(). */
  queueTimeoutIsSuspended(queue: PanthorQueue): boolean {
    return queue.timeout.remaining !== MAX_SCHEDULE_TIMEOUT;
  },

  /** queue_reset_timeout_locked(): there was progress, a running timer starts anew. */
  *queueResetTimeoutLocked(queue: PanthorQueue): Atomic<void> {
    queue.fenceCtx.lock.assertHeld();
    if (drv.sched.queueTimeoutIsSuspended(queue)) return;
    const delay = drv.linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
    yield* queue.scheduler!.timeoutWq.modDelayedWork(queue.timeout.work, delay);
  },

  /** queue_suspend_timeout_locked(). */
  *queueSuspendTimeoutLocked(queue: PanthorQueue): Atomic<void> {
    queue.fenceCtx.lock.assertHeld();
    if (drv.sched.queueTimeoutIsSuspended(queue)) return;

    const job = listFirstOrNull(queue.fenceCtx.inFlightJobs);
    const group = job === null ? null : job.group;
    // A blocked queue of an idle group waits for a signal from outside: that wait is timed too.
    if (
      group !== null &&
      drv.sched.groupCanRun(group) &&
      (group.blockedQueues & bit(job!.queueIdx)) !== 0 &&
      drv.sched.groupIsIdle(group)
    ) {
      return;
    }

    const full = drv.linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
    const now = drv.linux.time.jiffies;
    const qtimeout = queue.timeout.work.timer?.expires ?? 0;
    const wasActive = yield* drv.linux.wq.cancelDelayedWork(queue.timeout.work);
    if (!wasActive || job === null) queue.timeout.remaining = full;
    else if (qtimeout > now) queue.timeout.remaining = qtimeout - now;
    else queue.timeout.remaining = 0;

    const what = "queue->timeout.remaining > msecs_to_jiffies(JOB_TIMEOUT_MS)";
    if (queue.timeout.remaining > full) {
      job!.group!.ptdev.base.warnOnOnce(true, what);
      queue.timeout.remaining = full;
    }
  },

  /** queue_suspend_timeout(). */
  *queueSuspendTimeout(queue: PanthorQueue): Atomic<void> {
    yield* queue.fenceCtx.lock.lockIrqsave();
    yield* drv.sched.queueSuspendTimeoutLocked(queue);
    yield* queue.fenceCtx.lock.unlockIrqrestore();
  },

  /** queue_resume_timeout(). */
  *queueResumeTimeout(queue: PanthorQueue): Atomic<void> {
    const { timeout } = queue;
    yield* queue.fenceCtx.lock.lockIrqsave();
    if (drv.sched.queueTimeoutIsSuspended(queue)) {
      yield* queue.scheduler!.timeoutWq.modDelayedWork(timeout.work, timeout.remaining);
      timeout.remaining = MAX_SCHEDULE_TIMEOUT;
    }
    yield* queue.fenceCtx.lock.unlockIrqrestore();
  },

  /** queue_timeout_work(): a timeout only if nothing completed meanwhile. */
  *queueTimeoutWork(queue: PanthorQueue): Kernel<void> {
    const progress = yield* drv.sched.queueCheckJobCompletion(queue);
    if (!progress) yield* schedFault(queue.scheduler!);
  },
});
