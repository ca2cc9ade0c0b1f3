// What a VM operation allocates before it starts, so that it cannot fail for want of memory in a
// signalling path. Kernel: panthor_mmu.c (panthor_vm_*_op_ctx*, panthor_vm_prepare_*_op_ctx).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { vmBoDeferredCleanup, vmBoPutDeferred } from "../../machine/gpuvm/vm-bo.ts";
import { vmBoCreate, vmBoExtobjAdd, vmBoObtainPrealloc } from "../../machine/gpuvm/vm-bo.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { align, alignDown, size1G, size2M } from "./bits.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
  DRM_PANTHOR_VM_BIND_OP_MAP_READONLY,
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MAP,
  DRM_PANTHOR_VM_BIND_OP_TYPE_MASK,
  DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type DrmPanthorVmBindOp,
  type PanthorVm,
  PanthorVma,
  type PanthorVmOpCtx,
} from "./types.ts";

const mapFlags =
  (DRM_PANTHOR_VM_BIND_OP_MAP_READONLY |
    DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC |
    DRM_PANTHOR_VM_BIND_OP_MAP_UNCACHED |
    DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE |
    DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) >>>
  0;

/** The type bits of bind flags, unsigned. */
export function opType(flags: number): number {
  return (flags & DRM_PANTHOR_VM_BIND_OP_TYPE_MASK) >>> 0;
}

/** What VM_BIND's map needs besides the object. */
export type MapRequest = Omit<DrmPanthorVmBindOp, "syncs">;

export const opCtxOps = (drv: Driver) => ({
  /** panthor_vm_init_op_ctx(). */
  vmInitOpCtx(size: number, va: number, flags: number): PanthorVmOpCtx {
    return {
      rsvdPageTables: { count: 0, ptr: 0, pages: [] },
      preallocatedVmas: [null, null, null],
      flags,
      va: { addr: va, range: size },
      map: { vmBo: null, boOffset: 0, bo: null },
    };
  },

  /** panthor_vm_cleanup_op_ctx(). */
  *vmCleanupOpCtx(opCtx: PanthorVmOpCtx, vm: PanthorVm): Kernel<void> {
    const { rsvdPageTables, map } = opCtx;
    // A map without an object comes from the validation of a vm_bo: the VM lock is held, and
    // nothing was put that needs the deferred clean-up.
    const skipDeferred = opType(opCtx.flags) === DRM_PANTHOR_VM_BIND_OP_TYPE_MAP && map.bo === null;

    drv.mmu.ptCacheFree(rsvdPageTables.pages.slice(rsvdPageTables.ptr, rsvdPageTables.count));
    if (map.vmBo !== null) yield* vmBoPutDeferred(map.vmBo);
    if (map.bo !== null) {
      yield* drv.gem.unpin(map.bo);
      yield* map.bo.put();
    }
    opCtx.preallocatedVmas.fill(null);
    if (!skipDeferred) yield* vmBoDeferredCleanup(vm);
  },

  /** panthor_vm_op_ctx_return_vma(). */
  vmOpCtxReturnVma(opCtx: PanthorVmOpCtx, vma: PanthorVma): void {
    const i = opCtx.preallocatedVmas.indexOf(null);
    if (i >= 0) opCtx.preallocatedVmas[i] = vma;
    else drv.linux.m.rec.log("warn", "WARNING: panthor_vm_op_ctx_return_vma: no free slot");
  },

  /** panthor_vm_op_ctx_get_vma(). */
  vmOpCtxGetVma(opCtx: PanthorVmOpCtx): PanthorVma | null {
    const { preallocatedVmas } = opCtx;
    const i = preallocatedVmas.findIndex((vma) => vma !== null);
    if (i < 0) return null;
    const vma = preallocatedVmas[i];
    preallocatedVmas[i] = null;
    return vma;
  },

  /**
   * panthor_vm_op_ctx_prealloc_vmas(): a map can leave the new mapping and two remains, an unmap
   * two remains.
   */
  vmOpCtxPreallocVmas(opCtx: PanthorVmOpCtx): number {
    const type = opType(opCtx.flags);
    let count = 0;
    if (type === DRM_PANTHOR_VM_BIND_OP_TYPE_MAP) count = 3;
    else if (type === DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP) count = 2;
    for (let i = 0; i < count; i++) {
      if (drv.linux.memory.failsNow()) return -ENOMEM;
      opCtx.preallocatedVmas[i] = new PanthorVma();
    }
    return 0;
  },

  /** panthor_vm_op_ctx_prealloc_pts(): the most tables of levels 1 to 3 the range can need. */
  vmOpCtxPreallocPts(opCtx: PanthorVmOpCtx): number {
    const { addr, range } = opCtx.va;
    const tables = (size: number): number =>
      (align(addr + range, size) - alignDown(addr, size)) / size;
    const count = tables(2 ** 39) + tables(size1G) + tables(size2M);
    return reserve(drv, opCtx, count);
  },

  /** panthor_vm_prepare_map_op_ctx(). */
  *vmPrepareMapOpCtx(
    vm: PanthorVm,
    bo: PanthorGemObject | null,
    op: MapRequest,
  ): Kernel<PanthorVmOpCtx | number> {
    const sparse = (op.flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0;
    if (bo === null) return -EINVAL;
    if ((op.flags & ~mapFlags) !== 0) return -EINVAL;
    if (opType(op.flags) !== DRM_PANTHOR_VM_BIND_OP_TYPE_MAP) return -EINVAL;
    if (sparse && (op.flags & DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC) === 0) return -EINVAL;
    // The dummy of a sparse mapping is mapped again and again, at no offset of the user's.
    if (!sparse && (op.size > bo.size || op.boOffset > bo.size - op.size)) return -EINVAL;
    if (sparse && (op.boHandle !== 0 || op.boOffset !== 0)) return -EINVAL;
    if (bo.exclusiveVmRootGem !== null && bo.exclusiveVmRootGem !== drv.mmu.vmRootGem(vm)) {
      return -EINVAL;
    }
    const opCtx = drv.mmu.vmInitOpCtx(op.size, op.va, op.flags);
    const ret = yield* drv.mmu.vmFillMapOpCtx(opCtx, vm, bo, op);
    if (ret === 0) return opCtx;
    yield* drv.mmu.vmCleanupOpCtx(opCtx, vm);
    return ret;
  },

  /** The allocations of panthor_vm_prepare_map_op_ctx(). */
  *vmFillMapOpCtx(
    opCtx: PanthorVmOpCtx,
    vm: PanthorVm,
    bo: PanthorGemObject,
    op: MapRequest,
  ): Kernel<number> {
    let ret = drv.mmu.vmOpCtxPreallocVmas(opCtx);
    if (ret !== 0) return ret;
    ret = yield* drv.gem.pin(bo);
    if (ret !== 0) return ret;
    opCtx.map.bo = bo.get();

    const sgt = yield* drv.gem.getDevSgt(bo);
    if (typeof sgt === "number") return sgt;

    if (drv.linux.memory.failsNow()) return -ENOMEM;
    opCtx.map.vmBo = yield* vmBoObtainPrealloc(vmBoCreate(vm, bo));
    opCtx.map.boOffset = op.boOffset;
    ret = drv.mmu.vmOpCtxPreallocPts(opCtx);
    if (ret !== 0) return ret;

    // Last, when nothing can fail any more.
    const resv = drv.mmu.vmResv(vm);
    if (bo.resv !== resv) {
      yield* resv.lock();
      vmBoExtobjAdd(opCtx.map.vmBo);
      yield* resv.unlock();
    }
    yield* bo.resv.lock();
    yield* bo.gpuva.lock.lock();
    yield* drv.gem.updateReclaimStateLocked(bo);
    yield* bo.gpuva.lock.unlock();
    yield* bo.resv.unlock();
    return 0;
  },

  /** panthor_vm_prepare_unmap_op_ctx(): tables for the blocks cut at either end. */
  *vmPrepareUnmapOpCtx(vm: PanthorVm, va: number, size: number): Kernel<PanthorVmOpCtx | number> {
    const opCtx = drv.mmu.vmInitOpCtx(size, va, DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP);
    const end = va + size;
    let tables = va === align(va, size2M) ? 0 : 1;
    if (end !== align(end, size2M) && align(end, size2M) !== align(va, size2M)) tables++;
    let ret = drv.mmu.vmOpCtxPreallocVmas(opCtx);
    if (ret === 0 && tables > 0) ret = reserve(drv, opCtx, tables);
    if (ret === 0) return opCtx;
    yield* drv.mmu.vmCleanupOpCtx(opCtx, vm);
    return ret;
  },

  /** panthor_vm_prepare_sync_only_op_ctx(). */
  vmPrepareSyncOnlyOpCtx(_vm: PanthorVm): Kernel<PanthorVmOpCtx> {
    return done(drv.mmu.vmInitOpCtx(0, 0, DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY));
  },
});

function reserve(drv: Driver, opCtx: PanthorVmOpCtx, count: number): number {
  // kmem_cache_alloc_bulk() of nothing returns nothing, which reads as a failure here: an empty
  // range at a multiple of 512 GiB needs no table.
  if (count === 0) return -ENOMEM;
  // The array, then what it holds.
  const pages = drv.linux.memory.failsNow() ? null : drv.mmu.ptCacheAlloc(count);
  if (pages === null) return -ENOMEM;
  opCtx.rsvdPageTables.pages = pages;
  opCtx.rsvdPageTables.count = count;
  return 0;
}
