// Jobs of cross-group sync queues: submission, the DRM scheduler's callbacks, their end. RFC patch
// 6: panthor_xgs.c (panthor_xgs_job_*), panthor_drv.c (panthor_ioctl_xgs_queue_submit).

import { done, type Kernel } from "../../machine/core/op.ts";
import { DmaFence } from "../../machine/dma-fence/fence.ts";
import type { FenceOps } from "../../machine/dma-fence/fence-ops.ts";
import { Usage } from "../../machine/dma-fence/resv.ts";
import { GpuSchedStat } from "../../machine/drm-sched/priority.ts";
import { EINVAL, ETIMEDOUT } from "../../machine/errno.ts";
import { Kref } from "../../machine/kref.ts";
import { K } from "../../timeline/kinds.ts";
import type { DrmFile } from "../../driver/drv/types.ts";
import { getUobjArray, uobjCount } from "../../driver/drv/uobj.ts";
import { listAddTail, listDelInit } from "../../driver/sched/list.ts";
import { userUobj, xgsSubmitFlags, type XgsOp, type XgsQueueSubmitArgs } from "./uapi.ts";
import type { UsubDriver } from "./unit.ts";
import { busy, XgsJob, type XgsQueue } from "./xgs-types.ts";

const fenceOps: FenceOps = { driverName: "panthor", timelineName: () => "xgs-fence" };
const knownFlags = xgsSubmitFlags.errorBarrierPre | xgsSubmitFlags.errorBarrierPost;

export const xgsJobOps = (drv: () => UsubDriver) => ({
  /** panthor_ioctl_xgs_queue_submit(). */
  *ioctlXgsQueueSubmit(file: DrmFile, args: XgsQueueSubmitArgs): Kernel<number> {
    const { linux, usub } = drv();
    if ((args.flags & ~knownFlags) !== 0) return -EINVAL;
    const ops = getUobjArray(args.ops, userUobj.xgsOp, linux.memory);
    if (typeof ops === "number") return ops;
    const queue = yield* usub.xgsQueueLookup(file.pfile, args.handle);
    if (queue === null) return usub.xgsUnknownQueue(uobjCount(args.ops));
    const invalid = usub.xgsCheckOps(queue, ops);
    const ret = invalid !== 0 ? invalid : yield* usub.xgsSubmit(file, queue, args, ops);
    yield* usub.xgsQueuePut(queue);
    return ret;
  },

  /** The error variable is not set on this path: what the copy of the operations left (USUB-26). */
  xgsUnknownQueue(_opCount: number): number {
    return 0;
  },

  /** Operations are not looked at before they run (USUB-24). */
  xgsCheckOps(_queue: XgsQueue, _ops: readonly XgsOp[]): number {
    return 0;
  },

  /** The part of panthor_ioctl_xgs_queue_submit() with a submission context. */
  *xgsSubmit(
    file: DrmFile,
    queue: XgsQueue,
    args: XgsQueueSubmitArgs,
    ops: readonly XgsOp[],
  ): Kernel<number> {
    const { drv: front, mmu, usub } = drv();
    const ctx = front.submitCtxInit<XgsJob>(file);
    if (typeof ctx === "number") return ctx;
    const job = usub.xgsJobCreate(queue, args, ops, file.clientId);
    let ret = typeof job === "number" ? job : front.submitCtxAddJob(ctx, job, args.syncs);
    if (ret === 0) ret = yield* usub.xgsJobPrepare(job as XgsJob);
    if (ret === 0) ret = yield* front.submitCtxCollectJobsSignalOps(ctx);
    if (ret === 0) {
      ret = yield* ctx.exec.untilAllLocked(() =>
        mmu.vmPrepareMappedBosResvs(ctx.exec, queue.vm!, 1),
      );
    }
    if (ret === 0) ret = yield* front.submitCtxAddDepsAndArmJobs(ctx);
    if (ret === 0) {
      yield* front.submitCtxPushJobs(ctx, (exec, xgsJob) =>
        mmu.vmUpdateResvs(
          queue.vm!,
          exec,
          xgsJob.sFence!.finished,
          Usage.bookkeep,
          usub.xgsSharedUsage(),
        ),
      );
    }
    yield* front.submitCtxCleanup(ctx, (xgsJob) => usub.xgsJobPut(xgsJob));
    return ret;
  },

  /** What a patch does at submission, so that running needs less. */
  *xgsJobPrepare(_job: XgsJob): Kernel<number> {
    return 0;
  },

  /** How the finished fence is put on objects that others may see (USUB-35). */
  xgsSharedUsage(): Usage {
    return Usage.write;
  },

  /** panthor_xgs_job_create(). */
  xgsJobCreate(
    queue: XgsQueue,
    args: XgsQueueSubmitArgs,
    ops: readonly XgsOp[],
    drmClientId: number,
  ): XgsJob | number {
    const job = new XgsJob();
    job.refcount = new Kref("panthor_xgs_job", drv().linux.krefs);
    job.queue = queue;
    queue.refcount.get();
    job.ops = ops.map((op) => ({ ...op }));
    job.submitFlags = args.flags;
    job.submitted = drv().linux.time.jiffies;
    const ret = job.init(queue.entity!, 1, queue, drmClientId);
    return ret === 0 ? job : ret;
  },

  /** panthor_xgs_job_put(). */
  xgsJobPut(job: XgsJob | null): Kernel<void> {
    if (job === null) return done();
    if (job.refcount.count === 0) {
      drv().usub.useAfterFree(job.queue.ptdev, "panthor_xgs_job", "panthor_xgs_job_put");
      return done();
    }
    return job.refcount.putTest() ? drv().usub.xgsJobRelease(job) : done();
  },

  /** xgs_job_release(). */
  *xgsJobRelease(job: XgsJob): Kernel<void> {
    yield* drv().usub.xgsJobUnprepare(job);
    if (job.sFence !== null) yield* job.cleanup();
    if (job.doneFence !== null) yield* job.doneFence.put();
    job.freed = true;
    yield* drv().usub.xgsQueuePut(job.queue);
  },

  /** The other end of xgsJobPrepare(). */
  *xgsJobUnprepare(_job: XgsJob): Kernel<void> {},

  /** The outcome of a job is known; its finished fence signals next. */
  *xgsJobSettled(_job: XgsJob): Kernel<void> {},

  /** xgs_run_job(): the fence to wait for, null when all is done, or a negative errno. */
  *xgsJobRun(job: XgsJob): Kernel<DmaFence | null | number> {
    const { queue } = job;
    const { usub } = drv();
    yield* queue.lock.lock();
    const ret = yield* usub.xgsJobTryRun(job);
    usub.xgsReport("xgs_run", queue, ret);
    let fence: DmaFence | null | number = ret === 0 ? null : ret;
    if (ret === busy) {
      const { fenceCtx } = queue;
      const { linux } = drv();
      const { lock, id } = fenceCtx;
      const doneFence = new DmaFence(linux.fences, fenceOps, lock, id, ++fenceCtx.seqno);
      job.doneFence = doneFence;
      job.refcount.get();
      listAddTail(job.node, fenceCtx.inFlightJobs);
      fence = doneFence.get();
    } else yield* usub.xgsJobSettled(job);
    yield* queue.lock.unlock();
    return fence;
  },

  /** A job in flight ends: its fence gets the error, and signals. */
  *xgsJobEnd(job: XgsJob, error: number): Kernel<void> {
    const fence = job.doneFence;
    if (fence === null || fence.testSignaledFlag) return;
    if (error !== 0) fence.setError(error);
    yield* drv().usub.xgsJobSettled(job);
    yield* fence.signal();
  },

  /** xgs_timedout_job(): once more, then the end (USUB-16, USUB-18). */
  *xgsJobTimedout(job: XgsJob): Kernel<GpuSchedStat> {
    const { queue } = job;
    const { usub } = drv();
    yield* usub.raceWindow("xgs_timeout", queue.handle);
    yield* queue.lock.lock();
    // Whoever ended the job meanwhile has dropped this reference already.
    listDelInit(job.node);
    yield* usub.xgsJobPut(job);
    if (job.freed) usub.useAfterFree(queue.ptdev, "panthor_xgs_job", "xgs_timedout_job");
    const ret = job.freed ? 0 : yield* usub.xgsJobTryRun(job);
    usub.xgsReport("xgs_timeout", queue, ret);
    yield* usub.xgsJobEnd(job, ret === 0 ? 0 : -ETIMEDOUT);
    yield* queue.lock.unlock();
    yield* usub.xgsJobPut(job);
    return GpuSchedStat.reset;
  },

  /** The recorder's event: a queue's job was looked at; 0 done, -EBUSY still waiting, an error. */
  xgsReport(what: "xgs_run" | "xgs_recheck" | "xgs_timeout", queue: XgsQueue, ret: number): void {
    const { rec } = drv().linux.m;
    rec.emit(K.dev_state, rec.str(`${what} queue,result`), queue.handle, ret);
  },
});
