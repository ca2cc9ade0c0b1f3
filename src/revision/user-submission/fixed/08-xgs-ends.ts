// The ends of XGS jobs: who takes a job off the list in flight owns its end, a job that ends badly
// still performs its signals with an error, a timeout or a destroyed queue ends all that is queued,
// and no timeout while a group of the client waits for a slot.

import { GpuSchedStat } from "../../../machine/drm-sched/priority.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { ECANCELED, ETIMEDOUT } from "../../../machine/errno.ts";
import { listDelInit, listEmpty } from "../../../driver/sched/list.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { xgsOp } from "../uapi.ts";
import { type UsubDriver, usubOverlay } from "../unit.ts";
import { busy, type XgsJob, type XgsQueue } from "../xgs-types.ts";
import { queuesWithWork } from "./03-eviction.ts";

/** Error that a dependent finds in a sync object. */
const poison = 0xffffffff;

export const xgsEnds = patch({
  id: "user-submission/fix-08",
  title: "drm/panthor: End XGS jobs once, with their signals",
  source: "corrects patch 6 (USUB-15, USUB-16, USUB-17, USUB-18, USUB-20, USUB-21)",
  observable:
    "queued jobs end with the one that timed out or with their queue; signals with an error",
  overlay: usubOverlay((drv, prev) => {
    /** Jobs submitted until then are not run any more, by queue. */
    const failedUntil = new Map<XgsQueue, number>();
    return {
      usub: {
        xgsQueueMutexInit() {},
        *xgsJobTryRun(job) {
          const failed = failedUntil.get(job.queue) ?? -1;
          if (!job.queue.destroyed && job.submitted > failed) {
            return yield* prev.usub.xgsJobTryRun(job);
          }
          yield* performSignals(drv(), job);
          return -ECANCELED;
        },
        *xgsJobTimedout(job) {
          const { usub, linux } = drv();
          const { queue } = job;
          yield* usub.raceWindow("xgs_timeout", queue.handle);
          yield* queue.lock.lock();
          // Somebody else ended it: only the scheduler's reference is left.
          const inFlight = !listEmpty(job.node);
          const starved = inFlight && producersWait(queue);
          if (inFlight && !starved) {
            const ret = yield* usub.xgsJobTryRun(job);
            usub.xgsReport("xgs_timeout", queue, ret);
            if (ret !== 0) yield* performSignals(drv(), job);
            if (ret === busy) failedUntil.set(queue, linux.time.jiffies);
            listDelInit(job.node);
            yield* usub.xgsJobEnd(job, ret === 0 ? 0 : -ETIMEDOUT);
            yield* usub.xgsJobPut(job);
          }
          yield* queue.lock.unlock();
          if (starved) return GpuSchedStat.noHang;
          yield* usub.xgsJobPut(job);
          return GpuSchedStat.reset;
        },
        *xgsQueueCancel(queue) {
          const { usub } = drv();
          yield* queue.lock.lock();
          const { inFlightJobs } = queue.fenceCtx;
          while (!listEmpty(inFlightJobs)) {
            const job = inFlightJobs.next.owner!;
            yield* performSignals(drv(), job);
            listDelInit(job.node);
            yield* usub.xgsJobEnd(job, -ECANCELED);
            yield* usub.xgsJobPut(job);
          }
          yield* queue.lock.unlock();
          // Those behind it find the queue destroyed, one after the other.
          const { entity } = queue;
          if (entity !== null) yield* entity.flush(drv().linux.m.hz);
        },
        *xgsQueueReleaseWork(queue) {
          failedUntil.delete(queue);
          yield* prev.usub.xgsQueueReleaseWork(queue);
        },
      },
    };
  }),
});

/** The signals that are left, with an error: who waits for them fails promptly. */
function* performSignals(drv: UsubDriver, job: XgsJob): Kernel<void> {
  for (let i = 0; i < job.ops.length; i++) {
    const { op } = job.ops[i];
    if (op !== xgsOp.signalSet && op !== xgsOp.signalAdd) continue;
    yield* drv.usub.xgsOpSignal(job, i, poison);
  }
}

/** A user-submit group of the queue's VM has work and no slot: its time has not run. */
function producersWait(queue: XgsQueue): boolean {
  const { runnable } = queue.ptdev.scheduler.groups;
  return runnable.some((list) => {
    for (let pos = list.next; pos !== list; pos = pos.next) {
      const group = pos.owner!;
      const own = userGroup(group).userSubmit && group.vm === queue.vm;
      if (own && queuesWithWork(group) !== 0) return true;
    }
    return false;
  });
}
