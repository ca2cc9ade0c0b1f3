// Submission contexts: what GROUP_SUBMIT and an asynchronous VM_BIND share. Jobs with their sync
// operations, and the fences that sync objects will get. Kernel: panthor_drv.c
// (panthor_submit_ctx_*, panthor_sync_signal).

import { done, type Atomic, type Kernel } from "../../machine/core/op.ts";
import { chainAllocFails } from "../../machine/dma-fence/chain.ts";
import { DrmExec, type DrmExecOptions } from "../../machine/dma-fence/exec.ts";
import type { DmaFence } from "../../machine/dma-fence/fence.ts";
import type { DrmSchedJob } from "../../machine/drm-sched/job.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { findFence } from "../../machine/syncobj/syncobj-file.ts";
import type { Syncobj } from "../../machine/syncobj/syncobj.ts";
import { nullDereference } from "../../machine/oops.ts";
import type { Driver } from "../driver.ts";
import type { DrmFile } from "./types.ts";
import * as uapi from "./uapi.ts";
import type { ObjArray, SyncOp } from "./uapi.ts";
import { getUobjArray, uobj } from "./uobj.ts";

/** struct panthor_sync_signal: the fence that a point of a sync object gets at the end. */
export interface SyncSignal {
  readonly handle: number;
  readonly point: number;
  readonly syncobj: Syncobj | null;
  fence: DmaFence | null;
}

/** struct panthor_job_ctx. */
export interface JobCtx<J extends DrmSchedJob> {
  /** Null once it belongs to the scheduler. */
  job: J | null;
  readonly syncops: readonly SyncOp[];
}

/** struct panthor_submit_ctx. */
export interface SubmitCtx<J extends DrmSchedJob = DrmSchedJob> {
  readonly file: DrmFile;
  readonly signals: SyncSignal[];
  readonly jobs: JobCtx<J>[];
  readonly exec: DrmExec;
}

const point = (op: SyncOp): number => op.timelineValue ?? 0;
const isSignal = (op: SyncOp): boolean => (op.flags & uapi.DRM_PANTHOR_SYNC_OP_SIGNAL) !== 0;
const flagsMask = uapi.DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK | uapi.DRM_PANTHOR_SYNC_OP_SIGNAL;

const execOptions: DrmExecOptions = { interruptible: true, ignoreDuplicates: true };

export const submitCtxOps = (drv: Driver) => ({
  /** panthor_check_sync_op(). */
  checkSyncOp(op: SyncOp): number {
    if ((op.flags & ~flagsMask) !== 0) return -EINVAL;
    const type = op.flags & uapi.DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK;
    const binary = type === uapi.DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ;
    const timeline = type === uapi.DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ;
    if (!binary && !timeline) return -EINVAL;
    return binary && point(op) !== 0 ? -EINVAL : 0;
  },

  /** panthor_submit_ctx_init(). */
  submitCtxInit<J extends DrmSchedJob>(file: DrmFile): SubmitCtx<J> | number {
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const exec = new DrmExec(drv.linux.fences, execOptions);
    return { file, signals: [], jobs: [], exec };
  },

  /** panthor_sync_signal_free(). */
  *syncSignalFree(signal: SyncSignal): Kernel<void> {
    if (signal.syncobj === null) {
      // drm_syncobj_put() has no check for NULL: a signal operation on a handle that does not
      // exist, or without memory for its chain node, ends here.
      return yield* nullDereference(drv.linux.m, "drm_syncobj_put");
    }
    yield* signal.syncobj.put();
    if (signal.fence !== null) yield* signal.fence.put();
  },

  /** panthor_submit_ctx_add_sync_signal(). */
  *submitCtxAddSyncSignal(ctx: SubmitCtx, handle: number, at: number): Kernel<number> {
    const { syncobjs } = ctx.file;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const noChain = at > 0 && chainAllocFails(drv.linux.fences);
    const syncobj = noChain ? null : yield* syncobjs.find(handle);
    const signal: SyncSignal = { handle, point: at, syncobj, fence: null };
    if (signal.syncobj === null) {
      yield* drv.drv.syncSignalFree(signal);
      return noChain ? -ENOMEM : -EINVAL;
    }
    // A point without a fence yet is fine.
    const found = yield* findFence(syncobjs, handle, at, 0);
    if (typeof found !== "number") signal.fence = found;
    ctx.signals.push(signal);
    return 0;
  },

  /** panthor_submit_ctx_search_sync_signal(). */
  submitCtxSearchSyncSignal(ctx: SubmitCtx, handle: number, at: number): SyncSignal | null {
    return ctx.signals.find((s) => s.handle === handle && s.point === at) ?? null;
  },

  /** panthor_submit_ctx_add_job(). */
  submitCtxAddJob<J extends DrmSchedJob>(
    ctx: SubmitCtx<J>,
    job: J,
    syncs: ObjArray<SyncOp> | undefined,
  ): number {
    const syncops = getUobjArray(syncs, uobj.syncOp, drv.linux.memory);
    const failed = typeof syncops === "number";
    ctx.jobs.push({ job, syncops: failed ? [] : syncops });
    return failed ? syncops : 0;
  },

  /** panthor_submit_ctx_get_sync_signal(). */
  submitCtxGetSyncSignal(ctx: SubmitCtx, handle: number, at: number): Kernel<number> {
    if (drv.drv.submitCtxSearchSyncSignal(ctx, handle, at) !== null) return done(0);
    return drv.drv.submitCtxAddSyncSignal(ctx, handle, at);
  },

  /** panthor_submit_ctx_update_job_sync_signal_fences(). */
  *submitCtxUpdateJobSyncSignalFences(ctx: SubmitCtx, idx: number): Atomic<number> {
    const { base } = ctx.file.pfile.ptdev;
    const { job, syncops } = ctx.jobs[idx];
    const doneFence = job!.sFence!.finished;
    for (let i = 0; i < syncops.length; i++) {
      const op = syncops[i];
      if (!isSignal(op)) continue;
      const signal = drv.drv.submitCtxSearchSyncSignal(ctx, op.handle, point(op));
      if (base.warnOn(signal === null, "!sig_sync")) return -EINVAL;
      const old = signal!.fence;
      signal!.fence = doneFence.get();
      if (old !== null) yield* old.put();
    }
    return 0;
  },

  /** panthor_submit_ctx_collect_job_signal_ops(). */
  *submitCtxCollectJobSignalOps(ctx: SubmitCtx, idx: number): Kernel<number> {
    const { syncops } = ctx.jobs[idx];
    for (let i = 0; i < syncops.length; i++) {
      const op = syncops[i];
      if (!isSignal(op)) continue;
      let ret = drv.drv.checkSyncOp(op);
      if (ret !== 0) return ret;
      ret = yield* drv.drv.submitCtxGetSyncSignal(ctx, op.handle, point(op));
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** panthor_submit_ctx_collect_jobs_signal_ops(). */
  *submitCtxCollectJobsSignalOps(ctx: SubmitCtx): Kernel<number> {
    for (let i = 0; i < ctx.jobs.length; i++) {
      const ret = yield* drv.drv.submitCtxCollectJobSignalOps(ctx, i);
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** panthor_submit_ctx_add_sync_deps_to_job(). */
  *submitCtxAddSyncDepsToJob(ctx: SubmitCtx, idx: number): Kernel<number> {
    const { base } = ctx.file.pfile.ptdev;
    const { job, syncops } = ctx.jobs[idx];
    for (let i = 0; i < syncops.length; i++) {
      const op = syncops[i];
      if (isSignal(op)) continue;
      let ret = drv.drv.checkSyncOp(op);
      if (ret !== 0) return ret;
      const signal = drv.drv.submitCtxSearchSyncSignal(ctx, op.handle, point(op));
      let fence: DmaFence | null;
      if (signal !== null) {
        if (base.warnOn(signal.fence === null, "!sig_sync->fence")) return -EINVAL;
        fence = signal.fence!.get();
      } else {
        const found = yield* findFence(ctx.file.syncobjs, op.handle, point(op), 0);
        if (typeof found === "number") return found;
        fence = found;
      }
      ret = yield* job!.addDependency(fence);
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** panthor_submit_ctx_add_deps_and_arm_jobs(): with all reservations locked. */
  *submitCtxAddDepsAndArmJobs(ctx: SubmitCtx): Kernel<number> {
    for (let i = 0; i < ctx.jobs.length; i++) {
      let ret = yield* drv.drv.submitCtxAddSyncDepsToJob(ctx, i);
      if (ret !== 0) return ret;
      yield* ctx.jobs[i].job!.arm();
      ret = yield* drv.drv.submitCtxUpdateJobSyncSignalFences(ctx, i);
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** panthor_submit_ctx_push_fences(). */
  *submitCtxPushFences(ctx: SubmitCtx): Kernel<void> {
    const { signals } = ctx;
    for (let i = 0; i < signals.length; i++) {
      const { fence, point: at, syncobj } = signals[i];
      if (at > 0) yield* syncobj!.addPoint(fence!, at);
      else yield* syncobj!.replaceFence(fence);
    }
  },

  /** panthor_submit_ctx_push_jobs(): nothing fails from here on. */
  *submitCtxPushJobs<J extends DrmSchedJob>(
    ctx: SubmitCtx<J>,
    updResvs: (exec: DrmExec, job: J) => Kernel<void>,
  ): Kernel<void> {
    for (let i = 0; i < ctx.jobs.length; i++) {
      const jobCtx = ctx.jobs[i];
      const job = jobCtx.job!;
      yield* updResvs(ctx.exec, job);
      yield* job.push();
      // Owned by the scheduler now.
      jobCtx.job = null;
    }
    yield* drv.drv.submitCtxPushFences(ctx);
  },

  /** panthor_submit_ctx_cleanup(). */
  *submitCtxCleanup<J extends DrmSchedJob>(
    ctx: SubmitCtx<J>,
    jobPut: (job: J | null) => Kernel<void>,
  ): Kernel<void> {
    yield* ctx.exec.fini();
    const { signals, jobs } = ctx;
    for (let i = 0; i < signals.length; i++) yield* drv.drv.syncSignalFree(signals[i]);
    for (let i = 0; i < jobs.length; i++) yield* jobPut(jobs[i].job);
  },
});
