// The end of finished jobs: they leave the pending list, oldest first, and are freed.
// Kernel: drivers/gpu/drm/scheduler/sched_main.c of 7.3, drm_sched_free_job_work() and below.

import type { Atomic, Kernel } from "../core/op.ts";
import { fenceTimestamp } from "../dma-fence/fence-ops.ts";
import type { DrmSchedJob } from "./job.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";

/** drm_sched_free_job_work(). */
export function* freeJobWork(sched: DrmGpuScheduler): Kernel {
  let job: DrmSchedJob | null;
  while ((job = yield* getFinishedJob(sched)) !== null) {
    const duration = yield* job.entityStats!.addGpuTime(job);
    sched.avgJobUs.add(Math.floor(duration / 1000));
    yield* sched.ops.freeJob(job);
    if (sched.kernel.version?.freesOneByOne === true) {
      yield* freeNext(sched);
      break;
    }
  }
  yield* sched.wakeup();
}

/** drm_sched_run_free_queue() of 6.12: if the next job is done, its turn comes as a new work. */
function* freeNext(sched: DrmGpuScheduler): Atomic {
  yield* sched.jobListLock.lock();
  const { first } = sched.pendingList;
  if (first !== null && (yield* first.sFence!.finished.isSignaled())) yield* sched.runFreeQueue();
  yield* sched.jobListLock.unlock();
}

/** drm_sched_get_finished_job(): takes the oldest job off the pending list if it is done. */
function* getFinishedJob(sched: DrmGpuScheduler): Atomic<DrmSchedJob | null> {
  const { pendingList } = sched;
  let job: DrmSchedJob | null = null;
  yield* sched.jobListLock.lock();
  const first = pendingList.first;
  if (first !== null && (yield* first.sFence!.finished.isSignaled())) {
    job = first;
    pendingList.shift();
    // Most schedulers have no timeout: there is nothing to cancel then.
    if (sched.workTdr.pending) yield* sched.kernel.wq.cancelDelayedWork(sched.workTdr);
    const next = pendingList.first;
    if (next !== null) {
      const { scheduled } = next.sFence!;
      // The next job started when this one ended.
      if ((scheduled.flags & fenceTimestamp) !== 0) {
        scheduled.timestamp = job.sFence!.finished.timestampNs();
      }
      yield* sched.startTimeout();
    }
  }
  yield* sched.jobListLock.unlock();
  return job;
}
