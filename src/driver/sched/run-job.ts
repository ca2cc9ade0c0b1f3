// The DRM scheduler's callbacks: run, time out and free a job.
// Kernel: panthor_sched.c (7.3), queue_run_job(), queue_timedout_job(), queue_free_job(),
// panthor_queue_fence_ops, panthor_queue_sched_ops.

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { DmaFence } from "../../machine/dma-fence/fence.ts";
import { fenceOps, type FenceOps } from "../../machine/dma-fence/fence-ops.ts";
import { GpuSchedStat } from "../../machine/drm-sched/priority.ts";
import { ECANCELED } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { bit } from "./bits.ts";
import { listAddTail, listDelInit } from "./list.ts";
import { NO_TICK } from "./types.ts";
import type { PanthorJob, PanthorQueue } from "./types.ts";

const newQueueFenceOps = (): FenceOps =>
  fenceOps({
    driverName: "panthor",
    timelineName: () => "queue-fence",
    names: { driver: -1, timeline: -1 },
  });

export const runJobOps = (drv: Driver, queueFenceOps = newQueueFenceOps()) => ({
  /** panthor_queue_fence_ops. */
  queueFenceOps(): FenceOps {
    return queueFenceOps;
  },

  /** queue_run_job(): the fence of the hardware, null for none, or a negative errno. */
  *queueRunJob(job: PanthorJob): Kernel<DmaFence | null | number> {
    const group = job.group!;
    const queue = group.queues[job.queueIdx]!;
    const { ptdev } = group;
    const sched = ptdev.scheduler;

    // An empty stream is done when the jobs before it are.
    if (job.callInfo.size === 0) {
      job.doneFence = queue.fenceCtx.lastFence?.get() ?? null;
      return job.doneFence?.get() ?? null;
    }

    const ret = yield* drv.device.resumeAndGet(ptdev);
    if (ptdev.base.warnOn(ret !== 0, "ret")) return ret;

    yield* sched.lock.lock();
    let result: DmaFence | number;
    if (drv.sched.groupCanRun(group)) {
      yield* drv.sched.queueEmitJob(queue, job);
      if (group.csgId < 0) yield* drv.sched.groupScheduleLocked(group, bit(job.queueIdx));
      else yield* drv.sched.queueKick(queue, job);

      const doneFence = job.doneFence!;
      if (queue.fenceCtx.lastFence !== null) yield* queue.fenceCtx.lastFence.put();
      queue.fenceCtx.lastFence = doneFence.get();
      result = doneFence.get();
    } else result = -ECANCELED;
    yield* sched.lock.unlock();
    yield* ptdev.pmRuntime.markLastBusy();
    yield* ptdev.pmRuntime.putAutosuspend();
    return result;
  },

  /** queue_run_job(): the fence, and the instructions in the ring buffer. */
  *queueEmitJob(queue: PanthorQueue, job: PanthorJob): Atomic<void> {
    const { fenceCtx, profiling } = queue;
    const { input, output } = queue.iface;
    job.doneFence = new DmaFence(
      drv.linux.fences,
      drv.sched.queueFenceOps(),
      fenceCtx.lock,
      fenceCtx.id,
      ++fenceCtx.seqno,
    );
    job.profiling.slot = profiling.seqno++;
    if (profiling.seqno === profiling.slotCount) profiling.seqno = 0;

    job.ringbuf.start = input.insert;
    const instrs = drv.sched.prepareJobInstrs(drv.sched.getJobCsParams(job));
    drv.sched.copyInstrsToRingbuf(queue, job, instrs);
    job.ringbuf.end = job.ringbuf.start + instrs.count * 8;

    drv.sched.jobGet(job);
    yield* fenceCtx.lock.lockIrqsave();
    listAddTail(job.node, fenceCtx.inFlightJobs);
    yield* fenceCtx.lock.unlockIrqrestore();

    input.extract = output.extract;
    input.insert = job.ringbuf.end;
  },

  /** queue_run_job(): tells the firmware, the group being on a slot. */
  *queueKick(queue: PanthorQueue, job: PanthorJob): Kernel<void> {
    const group = job.group!;
    const { ptdev } = group;
    const sched = ptdev.scheduler;
    const queueMask = bit(job.queueIdx);
    const resumeTick =
      drv.sched.groupIsIdle(group) &&
      (group.idleQueues & queueMask) !== 0 &&
      (group.blockedQueues & queueMask) === 0 &&
      sched.reschedTarget === NO_TICK;
    group.idleQueues &= ~queueMask;
    if (resumeTick) yield* drv.sched.schedResumeTick(ptdev);

    yield* drv.fw.ringDoorbell(ptdev, queue.doorbellId);
    if (!sched.pm.hasRef && (group.blockedQueues & queueMask) === 0) {
      yield* ptdev.pmRuntime.get();
      sched.pm.hasRef = true;
    }
    yield* drv.sched.queueResumeTimeout(queue);
    yield* drv.devfreq.recordBusy(ptdev);
  },

  /** queue_timedout_job(). */
  *queueTimedoutJob(job: PanthorJob): Kernel<GpuSchedStat> {
    const group = job.group!;
    const { ptdev } = group;
    const sched = ptdev.scheduler;
    const queue = group.queues[job.queueIdx]!;
    const { pid, comm } = group.taskInfo;
    const seqno = job.doneFence?.seqno ?? 0;
    yield* ptdev.base.warn(`job timeout: pid=${pid}, comm=${comm}, seqno=${seqno}`);
    ptdev.base.warnOn(sched.reset.inProgress, "atomic_read(&sched->reset.in_progress)");

    yield* drv.sched.queueStop(queue, job);

    yield* sched.lock.lock();
    group.timedout = true;
    if (group.csgId >= 0) yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
    else {
      // Off the run lists, so that no tick picks it.
      listDelInit(group.runNode);
      listDelInit(group.waitNode);
      yield* drv.sched.groupQueueWork(group, group.termWork);
    }
    yield* sched.lock.unlock();

    yield* drv.sched.queueStart(queue);
    return GpuSchedStat.reset;
  },

  /** queue_free_job(). */
  *queueFreeJob(job: PanthorJob): Kernel<void> {
    yield* drv.sched.jobPut(job);
  },
});
