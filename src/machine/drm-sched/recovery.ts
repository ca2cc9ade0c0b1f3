// Job timeouts and recovery from a hang.
// Kernel: drivers/gpu/drm/scheduler/sched_main.c (drm_sched_job_timedout, drm_sched_stop,
// drm_sched_start, drm_sched_resubmit_jobs, drm_sched_increase_karma and the timeout helpers).

import type { Atomic, Kernel } from "../core/op.ts";
import { ECANCELED } from "../errno.ts";
import type { DrmSchedEntity } from "./entity.ts";
import type { DrmSchedJob } from "./job.ts";
import { GpuSchedStat, SchedPriority } from "./priority.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";

/** Stands for MAX_SCHEDULE_TIMEOUT where a timer is really armed: beyond the wheel's reach. */
const farJiffies = 2 ** 40;

/** drm_sched_job_timedout(): the timeout work. */
export function* jobTimedout(sched: DrmGpuScheduler): Kernel {
  let status: GpuSchedStat = GpuSchedStat.reset;
  yield* sched.jobListLock.lock();
  // Off the list: freeing must not race with the driver's handler, which puts it back.
  const job = sched.pendingList.shift();
  yield* sched.jobListLock.unlock();
  if (job !== undefined) {
    status = yield* job.sched!.ops.timedoutJob(job);
    if (sched.freeGuilty) {
      yield* job.sched!.ops.freeJob(job);
      sched.freeGuilty = false;
    }
    if (status === GpuSchedStat.noHang) yield* reinsert(sched, job);
  }
  if (status !== GpuSchedStat.enodev) yield* startTimeoutUnlocked(sched);
}

/** drm_sched_job_reinsert_on_false_timeout(). */
function* reinsert(sched: DrmGpuScheduler, job: DrmSchedJob): Atomic {
  yield* sched.jobListLock.lock();
  sched.pendingList.unshift(job);
  yield* sched.runFreeQueue();
  yield* sched.jobListLock.unlock();
}

/** drm_sched_start_timeout_unlocked(). */
export function* startTimeoutUnlocked(sched: DrmGpuScheduler): Atomic {
  yield* sched.jobListLock.lock();
  yield* sched.startTimeout();
  yield* sched.jobListLock.unlock();
}

/** drm_sched_stop(). */
export function* stopScheduler(sched: DrmGpuScheduler, bad: DrmSchedJob | null): Kernel {
  const { pendingList } = sched;
  yield* sched.wqueueStop();
  if (bad !== null && bad.sched === sched) pendingList.unshift(bad);
  for (const job of pendingList.toArray().reverse()) {
    const sFence = job.sFence!;
    const { parent } = sFence;
    if (parent !== null && (yield* parent.removeCallback(job.cb))) {
      yield* parent.put();
      sFence.parent = null;
      sched.creditCount -= job.credits;
      continue;
    }
    yield* sched.jobListLock.lock();
    pendingList.remove(job);
    yield* sched.jobListLock.unlock();
    // The hardware fence's callback may still be using the job.
    yield* sFence.finished.wait(false);
    if (bad !== job) yield* sched.ops.freeJob(job);
    else sched.freeGuilty = true;
  }
  yield* sched.kernel.wq.cancelDelayedWork(sched.workTdr);
}

/** drm_sched_start(). */
export function* startScheduler(sched: DrmGpuScheduler, errno: number): Kernel {
  for (const job of sched.pendingList) {
    const fence = job.sFence!.parent;
    sched.creditCount += job.credits;
    if (fence === null) {
      yield* sched.jobDone(job, errno || -ECANCELED);
      continue;
    }
    if ((yield* fence.addCallback(job.cb)) !== 0) yield* sched.jobDone(job, fence.error || errno);
  }
  yield* startTimeoutUnlocked(sched);
  yield* sched.wqueueStart();
}

/** drm_sched_resubmit_jobs(), deprecated. */
export function* resubmitJobs(sched: DrmGpuScheduler): Kernel {
  let guiltyContext = -1;
  for (const job of sched.pendingList) {
    const sFence = job.sFence!;
    const { context } = sFence.scheduled;
    if (guiltyContext < 0 && job.karma > sched.hangLimit) guiltyContext = context;
    if (context === guiltyContext) sFence.finished.setError(-ECANCELED);
    const fence = yield* sched.ops.runJob(job);
    if (fence === null || typeof fence === "number") {
      if (fence !== null) sFence.finished.setError(fence);
      sFence.parent = null;
    } else sFence.parent = fence;
  }
}

/** drm_sched_increase_karma(): marks the entity of a job that hung as guilty. */
export function* increaseKarma(bad: DrmSchedJob): Atomic {
  // Kernel jobs are always considered good.
  if (bad.sPriority === SchedPriority.kernel) return;
  bad.karma++;
  const { context } = bad.sFence!.scheduled;
  for (const rq of bad.sched!.rqs!) {
    yield* rq.lock.lock();
    const entity = rq.entities.find((e: DrmSchedEntity) => e.fenceContext === context);
    if (entity !== undefined && entity.guilty !== null) entity.guilty.value = 1;
    yield* rq.lock.unlock();
    if (entity !== undefined) return;
  }
}

/** drm_sched_fault(): runs the timeout handler now. */
export function schedFault(sched: DrmGpuScheduler): Atomic<boolean> {
  return sched.timeoutWq.modDelayedWork(sched.workTdr, 0);
}

/** drm_sched_tdr_queue_imm(). */
export function* tdrQueueImm(sched: DrmGpuScheduler): Atomic {
  yield* sched.jobListLock.lock();
  sched.timeout = 0;
  yield* sched.startTimeout();
  yield* sched.jobListLock.unlock();
}

/** drm_sched_suspend_timeout(): the jiffies that were left. */
export function* suspendTimeout(sched: DrmGpuScheduler): Atomic<number> {
  const { jiffies } = sched.kernel.time;
  const expires = sched.workTdr.timer?.expires ?? 0;
  const pending = yield* sched.timeoutWq.modDelayedWork(sched.workTdr, farJiffies);
  return pending && expires > jiffies ? expires - jiffies : sched.timeout;
}

/** drm_sched_resume_timeout(). */
export function* resumeTimeout(sched: DrmGpuScheduler, remaining: number): Atomic {
  yield* sched.jobListLock.lock();
  if (sched.pendingList.length === 0) yield* sched.kernel.wq.cancelDelayedWork(sched.workTdr);
  else yield* sched.timeoutWq.modDelayedWork(sched.workTdr, remaining);
  yield* sched.jobListLock.unlock();
}
