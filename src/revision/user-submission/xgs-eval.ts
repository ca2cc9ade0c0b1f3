// What the operations of an XGS job do, and when they are looked at again. RFC patch 6:
// panthor_xgs.c (xgs_job_try_run and below, panthor_xgs_queue_pool_recheck).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ETIMEDOUT } from "../../machine/errno.ts";
import { K } from "../../timeline/kinds.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import { listDelInit, listEntriesSafe } from "../../driver/sched/list.ts";
import type { Eventfd } from "../../machine/eventfd.ts";
import { userFile } from "./state.ts";
import { xgsFormat, xgsOp, type XgsOp, xgsOpFlags } from "./uapi.ts";
import type { UsubDriver } from "./unit.ts";
import { busy, type PanthorSyncobj, type XgsJob, type XgsQueue } from "./xgs-types.ts";

export const xgsEvalOps = (drv: () => UsubDriver) => ({
  /** xgs_job_try_run(): 0 when all is done, -EBUSY at a wait that is not satisfied, an error. */
  *xgsJobTryRun(job: XgsJob): Kernel<number> {
    const { usub } = drv();
    let error = 0;
    for (let i = 0; i < job.ops.length; i++) {
      const op = job.ops[i];
      let ret = 0;
      if (op.op === xgsOp.waitLe || op.op === xgsOp.waitGt) {
        // After an error the waits are skipped, not the signals.
        if (error === 0) ret = yield* usub.xgsOpWait(job, i);
        if (ret === busy) return busy;
      } else if (op.op === xgsOp.signalSet || op.op === xgsOp.signalAdd) {
        ret = yield* usub.xgsOpSignal(job, i, error);
      } else ret = -EINVAL;
      if (ret !== 0 && error === 0) error = ret;
    }
    return error;
  },

  /** The mark of a completed operation is in the user's own flags (USUB-24). */
  xgsOpIsCompleted(job: XgsJob, i: number): boolean {
    return (job.ops[i].flags & xgsOpFlags.completed) !== 0;
  },

  xgsOpComplete(job: XgsJob, i: number): void {
    job.ops[i].flags |= xgsOpFlags.completed;
  },

  /** Any format but one is 32 bits. */
  xgsOpIs64(op: XgsOp): boolean {
    return op.format === xgsFormat.u64;
  },

  /** The object of an operation, mapped for the time being. */
  xgsOpObject(job: XgsJob, op: XgsOp): Kernel<PanthorSyncobj | number> {
    const { ptdev, vm } = job.queue;
    return drv().usub.syncobjCreate(ptdev, vm!, op.addr, drv().usub.xgsOpIs64(op));
  },

  /** xgs_op_wait(): the object's error is not looked at (USUB-22). */
  *xgsOpWait(job: XgsJob, i: number): Kernel<number> {
    const { usub } = drv();
    const op = job.ops[i];
    if (usub.xgsOpIsCompleted(job, i)) return 0;
    const so = yield* usub.xgsOpObject(job, op);
    if (typeof so === "number") return so;
    const value = yield* usub.syncobjValue(so);
    const satisfied = op.op === xgsOp.waitLe ? value <= op.value : value > op.value;
    if (satisfied) usub.xgsWaitSatisfied(job, i, so);
    yield* usub.syncobjRelease(so);
    if (!satisfied) return busy;
    usub.xgsOpComplete(job, i);
    return 0;
  },

  /** A wait is over. */
  xgsWaitSatisfied(_job: XgsJob, _i: number, _so: PanthorSyncobj): void {},

  /** xgs_op_signal(): an object that cannot be reached is left out, silently (USUB-22). */
  *xgsOpSignal(job: XgsJob, i: number, error: number): Kernel<number> {
    const { usub } = drv();
    const op = job.ops[i];
    if (usub.xgsOpIsCompleted(job, i)) return 0;
    const so = yield* usub.xgsOpObject(job, op);
    if (typeof so === "number") return usub.xgsSignalFailed(job, so);
    const value = yield* usub.xgsPerformSignal(so, op, usub.xgsSignalError(job, error));
    yield* usub.syncobjRelease(so);
    const { rec } = drv().linux.m;
    rec.emit(K.dev_state, rec.str("xgs_signal va,value"), op.addr, Number(value));
    usub.xgsOpComplete(job, i);
    yield* usub.xgsSignalled(job.queue);
    return 0;
  },

  /** The error that a signal writes, null for none. */
  xgsSignalError(_job: XgsJob, error: number): number | null {
    return error === 0 ? null : error;
  },

  /** What a signal that cannot be performed makes of its job. */
  xgsSignalFailed(_job: XgsJob, _error: number): number {
    return 0;
  },

  /** SET or ADD: read, compute, write (USUB-23). The new value. */
  *xgsPerformSignal(so: PanthorSyncobj, op: XgsOp, error: number | null): Kernel<bigint> {
    const { usub } = drv();
    const old = yield* usub.syncobjValue(so);
    yield* usub.raceWindow("xgs_add", so.offset);
    const sum = op.op === xgsOp.signalSet ? op.value : old + op.value;
    const value = BigInt.asUintN(so.is64 ? 64 : 32, sum);
    yield* usub.syncobjSignal(so, value, error);
    return value;
  },

  /** After a signal: blocked groups without a slot are looked at; no doorbell (USUB-12). */
  *xgsSignalled(queue: XgsQueue): Kernel<void> {
    const { usub } = drv();
    yield* usub.schedSyncUpdate(queue.ptdev);
    if (queue.eventfd !== null) yield* (queue.eventfd as Eventfd).signal();
  },

  /** panthor_sched_sync_update(): nothing keeps a reset from beginning behind the test (USUB-1, C2). */
  *schedSyncUpdate(ptdev: PanthorDevice): Kernel<void> {
    const { device, usub } = drv();
    const sched = ptdev.scheduler;
    if (sched.reset.inProgress || device.resetIsPending(ptdev)) return;
    yield* usub.raceWindow("sync_update", 0);
    yield* sched.wq.queueWork(sched.syncUpdWork);
  },

  /** panthor_xgs_queue_pool_recheck(): the queues of one file, once, in handle order (USUB-19). */
  *xgsPoolRecheck(pfile: PanthorFile): Kernel<void> {
    const { usub } = drv();
    if (!usub.accessFile(pfile.ptdev, pfile, "panthor_xgs_queue_pool_recheck")) return;
    const pool = userFile(pfile).xgsQueues;
    if (pool === null) return;
    for (const handle of [...pool.xa.keys()].sort((a, b) => a - b)) {
      const queue = pool.xa.get(handle);
      if (queue !== undefined) yield* usub.xgsQueueRecheck(queue);
    }
  },

  /** csg_slot_sync_update_locked(): with the scheduler's lock held (USUB-33, USUB-40). */
  *xgsRecheckForEvent(pfile: PanthorFile): Kernel<void> {
    yield* drv().usub.xgsPoolRecheck(pfile);
  },

  /** sync_upd_work(): a WARN that user space can trigger (USUB-25). */
  syncwaitFailed(ptdev: PanthorDevice, ret: number): void {
    ptdev.base.warnOn(ret < 0, "ret < 0");
  },

  /** xgs_queue_recheck(). */
  *xgsQueueRecheck(queue: XgsQueue): Kernel<void> {
    const { usub } = drv();
    if (queue.freed) usub.useAfterFree(queue.ptdev, "panthor_xgs_queue", "xgs_queue_recheck");
    yield* queue.lock.lock();
    for (const job of listEntriesSafe(queue.fenceCtx.inFlightJobs)) {
      const ret = yield* usub.xgsJobTryRun(job);
      usub.xgsReport("xgs_recheck", queue, ret);
      if (ret === busy) continue;
      listDelInit(job.node);
      yield* usub.xgsJobEnd(job, usub.xgsRecheckError(ret));
      yield* usub.xgsJobPut(job);
    }
    yield* queue.lock.unlock();
  },

  /** Whatever goes wrong in a recheck is a timeout (USUB-22). */
  xgsRecheckError(ret: number): number {
    return ret === 0 ? 0 : -ETIMEDOUT;
  },
});
