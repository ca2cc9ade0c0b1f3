// Completion of jobs: the sync object of a queue is compared with the fences in flight.
// Kernel: panthor_sched.c (7.3), queue_check_job_completion(), group_sync_upd_work(),
// group_term_post_processing(), group_term_work().

import { done, type Kernel } from "../../machine/core/op.ts";
import { ECANCELED, EINVAL, ETIMEDOUT } from "../../machine/errno.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { Driver } from "../driver.ts";
import { bit } from "./bits.ts";
import {
  ListHead,
  listDelInit,
  listEmpty,
  listEntriesSafe,
  listFirstOrNull,
  listMoveTail,
} from "./list.ts";
import { syncobj64 } from "./types.ts";
import type { PanthorGroup, PanthorJob, PanthorQueue } from "./types.ts";

export const completionOps = (drv: Driver) => ({
  /** queue_check_job_completion(): true if there was progress, or nothing is left to wait for. */
  *queueCheckJobCompletion(queue: PanthorQueue): Kernel<boolean> {
    const { inFlightJobs, lock } = queue.fenceCtx;
    const doneJobs = new ListHead<PanthorJob>();
    let syncobjs: CpuMapping | null = null;
    let progress = false;

    const cookie = drv.linux.fences.beginSignalling();
    yield* lock.lockIrqsave();
    // Done jobs leave the list: the oldest one left is always the first.
    let job: PanthorJob | null;
    while ((job = listFirstOrNull(inFlightJobs)) !== null) {
      syncobjs ??= job.group!.syncobjs!.kmap!;
      const seqno = syncobjs.read64Number(job.queueIdx * syncobj64.size + syncobj64.seqno);
      yield* drv.fw.shareWords(1);
      if (seqno < job.doneFence!.seqno) break;
      listMoveTail(job.node, doneJobs);
      yield* job.doneFence!.signalLocked();
    }
    if (listEmpty(inFlightJobs)) {
      // No job left: the timer stops, and starts from the beginning with the next job. This is
      // progress too, or a timeout that raced with the last completion would count.
      yield* drv.sched.queueSuspendTimeoutLocked(queue);
      progress = true;
    } else if (!listEmpty(doneJobs)) {
      yield* drv.sched.queueResetTimeoutLocked(queue);
      progress = true;
    }
    yield* lock.unlockIrqrestore();
    drv.linux.fences.endSignalling(cookie);

    while ((job = listFirstOrNull(doneJobs)) !== null) {
      if (job.profiling.mask !== 0) yield* drv.sched.updateFdinfoStats(job);
      listDelInit(job.node);
      yield* drv.sched.jobPut(job);
    }
    return progress;
  },

  /** group_sync_upd_work(). */
  *groupSyncUpdWork(group: PanthorGroup): Kernel<void> {
    yield* drv.sched.groupCheckJobCompletion(group);
    yield* drv.sched.groupPut(group);
  },

  /** group_sync_upd_work(): all queues, in index order. */
  *groupCheckJobCompletion(group: PanthorGroup): Kernel<void> {
    const cookie = drv.linux.fences.beginSignalling();
    for (let i = 0; i < group.queueCount; i++) {
      const queue = group.queues[i];
      if (queue !== null) yield* drv.sched.queueCheckJobCompletion(queue);
    }
    drv.linux.fences.endSignalling(cookie);
  },

  /** group_term_post_processing(): fails all jobs in flight of a group that cannot run. */
  *groupTermPostProcessing(group: PanthorGroup): Kernel<void> {
    const sched = group.ptdev.scheduler;
    const faultyJobs = new ListHead<PanthorJob>();
    const canRun = drv.sched.groupCanRun(group);
    if (group.ptdev.base.warnOn(canRun, "group_can_run(group)")) return;

    const cookie = drv.linux.fences.beginSignalling();
    for (let i = 0; i < group.queueCount; i++) {
      const queue = group.queues[i];
      let err = -ECANCELED;
      if ((group.fatalQueues & bit(i)) !== 0) err = -EINVAL;
      else if (group.timedout) err = -ETIMEDOUT;
      if (queue === null) continue;

      yield* queue.fenceCtx.lock.lockIrqsave();
      for (const job of listEntriesSafe(queue.fenceCtx.inFlightJobs)) {
        listMoveTail(job.node, faultyJobs);
        job.doneFence!.setError(err);
        yield* job.doneFence!.signalLocked();
      }
      yield* queue.fenceCtx.lock.unlockIrqrestore();

      yield* drv.sched.groupFailSyncobj(group, i);
      yield* drv.sched.schedQueueWork(sched, sched.syncUpdWork);
    }
    drv.linux.fences.endSignalling(cookie);

    for (const job of listEntriesSafe(faultyJobs)) {
      listDelInit(job.node);
      yield* drv.sched.jobPut(job);
    }
  },

  /** group_term_post_processing(): for waiters on the sync object itself. */
  groupFailSyncobj(group: PanthorGroup, idx: number): Kernel<void> {
    const kmap = group.syncobjs!.kmap!;
    kmap.write32(idx * syncobj64.size + syncobj64.status, 0xffffffff);
    const { seqno } = group.queues[idx]!.fenceCtx;
    kmap.write64Number(idx * syncobj64.size + syncobj64.seqno, seqno);
    return done();
  },

  /** group_term_work(). */
  *groupTermWork(group: PanthorGroup): Kernel<void> {
    yield* drv.sched.groupTermPostProcessing(group);
    yield* drv.sched.groupPut(group);
  },
});
