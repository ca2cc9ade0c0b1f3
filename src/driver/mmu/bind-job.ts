// VM_BIND jobs: operations behind fences, run by the VM's DRM scheduler.
// Kernel: panthor_mmu.c (panthor_vm_bind_*, panthor_vm_prepare_mapped_bos_resvs,
// panthor_vm_update_resvs).

import { done, type Kernel } from "../../machine/core/op.ts";
import type { DrmExec } from "../../machine/dma-fence/exec.ts";
import type { DmaFence } from "../../machine/dma-fence/fence.ts";
import { Usage } from "../../machine/dma-fence/resv.ts";
import type { DrmSchedJob } from "../../machine/drm-sched/job.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import {
  gpuvmPrepareObjects,
  gpuvmPrepareVm,
  gpuvmResvAddFence,
  gpuvmValidate,
} from "../../machine/gpuvm/exec.ts";
import { gemObjectLookup } from "../../machine/gpuvm/gem-object.ts";
import { Kref } from "../../machine/kref.ts";
import { Work } from "../../machine/workqueue/work.ts";
import type { Driver } from "../driver.ts";
import type { DrmFile } from "../drv/types.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { opType } from "./op-ctx.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MAP,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MASK,
  DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type DrmPanthorVmBindOp,
  type PanthorVm,
  PanthorVmBindJob,
  type PanthorVmOpCtx,
} from "./types.ts";

export const bindJobOps = (drv: Driver) => ({
  /** panthor_vm_bind_prepare_op_ctx(): checks of the request, then the operation's context. */
  *vmBindPrepareOpCtx(
    file: DrmFile,
    vm: PanthorVm,
    op: DrmPanthorVmBindOp,
  ): Kernel<PanthorVmOpCtx | number> {
    const pgsz = drv.mmu.vmPageSize(vm);
    if (op.va % pgsz !== 0 || op.size % pgsz !== 0 || op.boOffset % pgsz !== 0) return -EINVAL;
    // The kernel's part of the VA space is out of bounds.
    if (op.va >= vm.userVaRange || op.size > vm.userVaRange - op.va) return -EINVAL;

    const onlyType = (op.flags & ~DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) === 0;
    const noBo = op.boHandle === 0 && op.boOffset === 0;
    switch (opType(op.flags)) {
      case DRM_PANTHOR_VM_BIND_OP_TYPE_MAP:
        return yield* drv.mmu.vmBindPrepareMap(file, vm, op);
      case DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP:
        if (!onlyType || !noBo) return -EINVAL;
        return yield* drv.mmu.vmPrepareUnmapOpCtx(vm, op.va, op.size);
      case DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY:
        if (!onlyType || !noBo) return -EINVAL;
        if (op.va !== 0 || op.size !== 0) return -EINVAL;
        if (op.syncs.length === 0) return -EINVAL;
        return yield* drv.mmu.vmPrepareSyncOnlyOpCtx(vm);
      default:
        return -EINVAL;
    }
  },

  /** The map case of panthor_vm_bind_prepare_op_ctx(). */
  *vmBindPrepareMap(
    file: DrmFile,
    vm: PanthorVm,
    op: DrmPanthorVmBindOp,
  ): Kernel<PanthorVmOpCtx | number> {
    const sparse = (op.flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0;
    const gem = sparse ? vm.dummy!.get() : gemObjectLookup(file, op.boHandle);
    const opCtx = yield* drv.mmu.vmPrepareMapOpCtx(vm, gem as PanthorGemObject | null, op);
    if (gem !== null) yield* gem.put();
    return opCtx;
  },

  /** panthor_vm_bind_job_create(). */
  *vmBindJobCreate(
    file: DrmFile,
    vm: PanthorVm | null,
    op: DrmPanthorVmBindOp,
  ): Kernel<PanthorVmBindJob | number> {
    if (vm === null || vm.destroyed || vm.unusable) return -EINVAL;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const ctx = yield* drv.mmu.vmBindPrepareOpCtx(file, vm, op);
    if (typeof ctx === "number") return ctx;
    const job = new PanthorVmBindJob();
    job.refcount = new Kref(drv.linux.m, "panthor_vm_bind_job");
    job.ctx = ctx;
    job.cleanupOpCtxWork = new Work("panthor_vm_bind_job_cleanup_op_ctx_work", () =>
      drv.mmu.vmBindJobCleanupOpCtxWork(job),
    );
    job.vm = drv.mmu.vmGet(vm);
    const ret = job.init(vm.entity, 1, vm, file.clientId);
    if (ret === 0) return job;
    yield* drv.mmu.vmBindJobPut(job);
    return ret;
  },

  /** panthor_vm_bind_job_cleanup_op_ctx_work(). */
  vmBindJobCleanupOpCtxWork(job: PanthorVmBindJob): Kernel<void> {
    return drv.mmu.vmBindJobPut(job);
  },

  /** panthor_vm_bind_run_job(): done when it returns; an error leaves the VM unusable. */
  *vmBindRunJob(schedJob: DrmSchedJob): Kernel<null | number> {
    const job = schedJob as PanthorVmBindJob;
    const { fences } = drv.linux;
    const cookie = fences.beginSignalling();
    const ret = yield* drv.mmu.vmExecOp(job.vm, job.ctx, true);
    fences.endSignalling(cookie);
    return ret === 0 ? null : ret;
  },

  /** panthor_vm_bind_free_job(): the rest may take reservation locks, so it goes to a worker. */
  *vmBindFreeJob(schedJob: DrmSchedJob): Kernel<void> {
    const job = schedJob as PanthorVmBindJob;
    yield* job.cleanup();
    yield* drv.drv.cleanupWq.queueWork(job.cleanupOpCtxWork);
  },

  /** panthor_vm_bind_job_put(). */
  vmBindJobPut(schedJob: DrmSchedJob | null): Kernel<void> {
    const job = schedJob as PanthorVmBindJob | null;
    if (job === null || !job.refcount.putTest()) return done();
    return drv.mmu.vmBindJobRelease(job);
  },

  /** panthor_vm_bind_job_release(). */
  *vmBindJobRelease(job: PanthorVmBindJob): Kernel<void> {
    if (job.sFence !== null) yield* job.cleanup();
    yield* drv.mmu.vmCleanupOpCtx(job.ctx, job.vm);
    yield* drv.mmu.vmPut(job.vm);
  },

  /** panthor_vm_bind_job_prepare_resvs(). */
  *vmBindJobPrepareResvs(exec: DrmExec, schedJob: DrmSchedJob): Kernel<number> {
    const job = schedJob as PanthorVmBindJob;
    const ret = yield* gpuvmPrepareVm(job.vm, exec, 1);
    if (ret !== 0) return ret;
    const { vmBo } = job.ctx.map;
    return vmBo === null ? 0 : yield* exec.prepareObj(vmBo.obj, 1);
  },

  /** panthor_vm_bind_job_update_resvs(): explicit sync, so the fence only keeps books. */
  vmBindJobUpdateResvs(exec: DrmExec, schedJob: DrmSchedJob): Kernel<void> {
    const job = schedJob as PanthorVmBindJob;
    const { finished } = job.sFence!;
    return gpuvmResvAddFence(job.vm, exec, finished, Usage.bookkeep, Usage.bookkeep);
  },

  /** panthor_vm_update_resvs(). */
  vmUpdateResvs(
    vm: PanthorVm,
    exec: DrmExec,
    fence: DmaFence,
    privateUsage: Usage,
    extobjUsage: Usage,
  ): Kernel<void> {
    return gpuvmResvAddFence(vm, exec, fence, privateUsage, extobjUsage);
  },

  /** panthor_vm_prepare_mapped_bos_resvs(): a GPU job may use all that the VM maps. */
  *vmPrepareMappedBosResvs(exec: DrmExec, vm: PanthorVm, slotCount: number): Kernel<number> {
    let ret = yield* gpuvmPrepareVm(vm, exec, slotCount);
    if (ret !== 0) return ret;
    ret = yield* gpuvmPrepareObjects(vm, exec, slotCount);
    if (ret !== 0) return ret;
    return yield* gpuvmValidate(vm, exec);
  },
});
