// Running one VM operation, and the synchronous entry points.
// Kernel: panthor_mmu.c (panthor_vm_exec_op, panthor_vm_bind_exec_sync_op, panthor_vm_map_bo_range,
// panthor_vm_unmap_range, panthor_vm_get_bo_for_va).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOENT } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import type { DrmFile } from "../drv/types.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { size2M } from "./bits.ts";
import { opType } from "./op-ctx.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MAP,
  DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type DrmPanthorVmBindOp,
  type PanthorVm,
  type PanthorVma,
  type PanthorVmOpCtx,
} from "./types.ts";

export const execOpOps = (drv: Driver) => ({
  /** panthor_vm_exec_op(). */
  *vmExecOp(vm: PanthorVm, op: PanthorVmOpCtx, flagVmUnusableOnFailure: boolean): Kernel<number> {
    if (opType(op.flags) === DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY) return 0;
    yield* vm.opLock.lock();
    vm.opCtx = op;
    let ret = yield* drv.mmu.vmLockRegion(vm, op.va.addr, op.va.range);
    if (ret === 0) {
      ret = yield* drv.mmu.vmExecLocked(vm, op);
      yield* drv.mmu.vmUnlockRegion(vm);
    }
    if (ret !== 0 && flagVmUnusableOnFailure) yield* drv.mmu.vmDeclareUnusable(vm);
    vm.opCtx = null;
    yield* vm.opLock.unlock();
    return ret;
  },

  /** The walk of panthor_vm_exec_op(), with the region locked. */
  *vmExecLocked(vm: PanthorVm, op: PanthorVmOpCtx): Kernel<number> {
    const { addr, range } = op.va;
    switch (opType(op.flags)) {
      case DRM_PANTHOR_VM_BIND_OP_TYPE_MAP: {
        const { obj } = op.map.vmBo!;
        if (vm.unusable) return -EINVAL;
        return yield* vm.smMap({ va: { addr, range }, gem: { obj, offset: op.map.boOffset } });
      }
      case DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP:
        return yield* vm.smUnmap(addr, range);
      default:
        return -EINVAL;
    }
  },

  /** panthor_vm_bind_exec_sync_op(). */
  *vmBindExecSyncOp(file: DrmFile, vm: PanthorVm, op: DrmPanthorVmBindOp): Kernel<number> {
    if (op.syncs.length > 0) return -EINVAL;
    if (op.size === 0) return 0;
    const opCtx = yield* drv.mmu.vmBindPrepareOpCtx(file, vm, op);
    if (typeof opCtx === "number") return opCtx;
    return yield* drv.mmu.vmExecSync(vm, opCtx);
  },

  /** Executes an operation and frees what is left of its context. */
  *vmExecSync(vm: PanthorVm, opCtx: PanthorVmOpCtx): Kernel<number> {
    const ret = yield* drv.mmu.vmExecOp(vm, opCtx, false);
    yield* drv.mmu.vmCleanupOpCtx(opCtx, vm);
    return ret;
  },

  /** panthor_vm_map_bo_range(): for objects of the kernel. */
  *vmMapBoRange(
    vm: PanthorVm,
    bo: PanthorGemObject,
    offset: number,
    size: number,
    va: number,
    flags: number,
  ): Kernel<number> {
    const sparse = (flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0;
    if (vm.ptdev.base.warnOn(sparse, "flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE")) return -EINVAL;
    const op = { flags, boHandle: 0, boOffset: offset, va, size };
    const opCtx = yield* drv.mmu.vmPrepareMapOpCtx(vm, bo, op);
    if (typeof opCtx === "number") return opCtx;
    return yield* drv.mmu.vmExecSync(vm, opCtx);
  },

  /** panthor_vm_unmap_range(). */
  *vmUnmapRange(vm: PanthorVm, va: number, size: number): Kernel<number> {
    const opCtx = yield* drv.mmu.vmPrepareUnmapOpCtx(vm, va, size);
    if (typeof opCtx === "number") return opCtx;
    return yield* drv.mmu.vmExecSync(vm, opCtx);
  },

  /** panthor_vm_get_bo_for_va(): the object mapped there, with a reference. */
  *vmGetBoForVa(
    vm: PanthorVm,
    va: number,
  ): Kernel<{ bo: PanthorGemObject; boOffset: number } | number> {
    yield* vm.opLock.lock();
    const vma = vm.findFirst(va, 1) as PanthorVma | null;
    let found: { bo: PanthorGemObject; boOffset: number } | number = -ENOENT;
    if (vma !== null && vma.gem.obj !== null) {
      const sparse = (vma.flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0;
      const boOffset = sparse ? va % size2M : vma.gem.offset + (va - vma.va.addr);
      found = { bo: vma.gem.obj.get() as PanthorGemObject, boOffset };
    }
    yield* vm.opLock.unlock();
    return found;
  },
});
