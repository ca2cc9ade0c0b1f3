// VM and tiler heap ioctls. Kernel: panthor_drv.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENODEV } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import type { DrmPanthorVmBindOp, PanthorVm, PanthorVmBindJob } from "../mmu/types.ts";
import type { DrmFile } from "./types.ts";
import * as uapi from "./uapi.ts";
import { getUobjArray, uobj, uobjCount } from "./uobj.ts";

/** The kernel's copy of an operation: every field present, `syncs` as an array. */
function kernelOp(op: uapi.VmBindOp): DrmPanthorVmBindOp {
  const syncs = new Array<unknown>(uobjCount(op.syncs)).fill(null);
  return {
    flags: op.flags,
    boHandle: op.boHandle ?? 0,
    boOffset: op.boOffset ?? 0,
    va: op.va ?? 0,
    size: op.size ?? 0,
    ...(op.boRepeatRange === undefined ? {} : { boRepeatRange: op.boRepeatRange }),
    syncs,
  };
}

export const vmIoctlOps = (drv: Driver) => ({
  /** panthor_ioctl_vm_create(). */
  *ioctlVmCreate(file: DrmFile, args: uapi.VmCreateArgs): Kernel<number> {
    const { pfile } = file;
    const { base } = pfile.ptdev;
    if (!base.enter()) return -ENODEV;
    const create = { flags: args.flags ?? 0, id: 0, userVaRange: args.userVaRange ?? 0 };
    const ret = yield* drv.mmu.vmPoolCreateVm(pfile.ptdev, pfile.vms!, create);
    args.userVaRange = create.userVaRange;
    if (ret >= 0) args.id = ret;
    yield* base.exit();
    return Math.min(ret, 0);
  },

  /** panthor_ioctl_vm_destroy(). */
  *ioctlVmDestroy(file: DrmFile, args: uapi.VmDestroyArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    return yield* drv.mmu.vmPoolDestroyVm(file.pfile.vms!, args.id);
  },

  /** panthor_ioctl_vm_bind(). */
  *ioctlVmBind(file: DrmFile, args: uapi.VmBindArgs): Kernel<number> {
    const { base } = file.pfile.ptdev;
    if (!base.enter()) return -ENODEV;
    const async = ((args.flags ?? 0) & uapi.DRM_PANTHOR_VM_BIND_ASYNC) !== 0;
    const ret = async
      ? yield* drv.drv.ioctlVmBindAsync(file, args)
      : yield* drv.drv.ioctlVmBindSync(file, args);
    yield* base.exit();
    return ret;
  },

  /** panthor_ioctl_vm_bind_sync(). */
  *ioctlVmBindSync(file: DrmFile, args: uapi.VmBindArgs): Kernel<number> {
    const vm = drv.mmu.vmPoolGetVm(file.pfile.vms!, args.vmId);
    if (vm === null) return -EINVAL;
    const ops = getUobjArray(args.ops, uobj.vmBindOp, drv.linux.memory);
    let ret = 0;
    if (typeof ops === "number") ret = ops;
    else {
      for (let i = 0; i < ops.length; i++) {
        ret = yield* drv.mmu.vmBindExecSyncOp(file, vm, kernelOp(ops[i]));
        if (ret !== 0) {
          args.opsDone = i;
          break;
        }
      }
    }
    yield* drv.mmu.vmPut(vm);
    return ret;
  },

  /** panthor_ioctl_vm_bind_async(). */
  *ioctlVmBindAsync(file: DrmFile, args: uapi.VmBindArgs): Kernel<number> {
    const vm = drv.mmu.vmPoolGetVm(file.pfile.vms!, args.vmId);
    if (vm === null) return -EINVAL;
    const ops = getUobjArray(args.ops, uobj.vmBindOp, drv.linux.memory);
    const ret = typeof ops === "number" ? ops : yield* drv.drv.vmBindSubmit(file, vm, ops);
    yield* drv.mmu.vmPut(vm);
    return ret;
  },

  /** The part of panthor_ioctl_vm_bind_async() with a submission context. */
  *vmBindSubmit(file: DrmFile, vm: PanthorVm, ops: readonly uapi.VmBindOp[]): Kernel<number> {
    const ctx = drv.drv.submitCtxInit<PanthorVmBindJob>(file);
    if (typeof ctx === "number") return ctx;
    let ret = 0;
    for (const op of ops) {
      const job = yield* drv.mmu.vmBindJobCreate(file, vm, kernelOp(op));
      ret = typeof job === "number" ? job : drv.drv.submitCtxAddJob(ctx, job, op.syncs);
      if (ret !== 0) break;
    }
    if (ret === 0) ret = yield* drv.drv.submitCtxCollectJobsSignalOps(ctx);
    if (ret === 0) {
      ret = yield* ctx.exec.untilAllLocked(function* (): Kernel<number> {
        for (const { job } of ctx.jobs) {
          const err = yield* drv.mmu.vmBindJobPrepareResvs(ctx.exec, job!);
          if (err !== 0) return err;
        }
        return 0;
      });
    }
    if (ret === 0) ret = yield* drv.drv.submitCtxAddDepsAndArmJobs(ctx);
    if (ret === 0) {
      yield* drv.drv.submitCtxPushJobs(ctx, (exec, job) => drv.mmu.vmBindJobUpdateResvs(exec, job));
    }
    yield* drv.drv.submitCtxCleanup(ctx, (job) => drv.mmu.vmBindJobPut(job));
    return ret;
  },

  /** panthor_ioctl_vm_get_state(). */
  *ioctlVmGetState(file: DrmFile, args: uapi.VmGetStateArgs): Kernel<number> {
    const vm = drv.mmu.vmPoolGetVm(file.pfile.vms!, args.vmId);
    if (vm === null) return -EINVAL;
    args.state = drv.mmu.vmIsUnusable(vm)
      ? uapi.DRM_PANTHOR_VM_STATE_UNUSABLE
      : uapi.DRM_PANTHOR_VM_STATE_USABLE;
    yield* drv.mmu.vmPut(vm);
    return 0;
  },

  /** panthor_ioctl_tiler_heap_create(). */
  *ioctlTilerHeapCreate(file: DrmFile, args: uapi.TilerHeapCreateArgs): Kernel<number> {
    const vm = drv.mmu.vmPoolGetVm(file.pfile.vms!, args.vmId);
    if (vm === null) return -EINVAL;
    const pool = yield* drv.mmu.vmGetHeapPool(vm, true);
    let ret = typeof pool === "number" ? pool : 0;
    if (typeof pool !== "number") {
      const { initialChunkCount, chunkSize, maxChunks, targetInFlight } = args;
      const heap = yield* drv.heap.create(
        pool,
        initialChunkCount,
        chunkSize,
        maxChunks,
        targetInFlight,
      );
      if (typeof heap === "number") ret = heap;
      else {
        // Heap pools belong to VMs: both numbers make the handle.
        args.handle = args.vmId * 0x10000 + heap.id;
        args.tilerHeapCtxGpuVa = heap.heapCtxGpuVa;
        args.firstHeapChunkGpuVa = heap.firstChunkGpuVa;
      }
      yield* drv.heap.poolPut(pool);
    }
    yield* drv.mmu.vmPut(vm);
    return ret;
  },

  /** panthor_ioctl_tiler_heap_destroy(). */
  *ioctlTilerHeapDestroy(file: DrmFile, args: uapi.TilerHeapDestroyArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    const vm = drv.mmu.vmPoolGetVm(file.pfile.vms!, args.handle >>> 16);
    if (vm === null) return -EINVAL;
    const pool = yield* drv.mmu.vmGetHeapPool(vm, false);
    let ret = typeof pool === "number" ? pool : 0;
    if (typeof pool !== "number") {
      ret = yield* drv.heap.destroy(pool, args.handle & 0xffff);
      yield* drv.heap.poolPut(pool);
    }
    yield* drv.mmu.vmPut(vm);
    return ret;
  },
});
