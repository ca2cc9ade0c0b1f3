// Taking mappings away under memory pressure, and putting them back before the next job.
// Kernel: panthor_mmu.c (panthor_vm_evict_bo_mappings_locked, select_evicted_vma,
// remap_evicted_vma, panthor_vm_restore_vmas, panthor_vm_bo_validate,
// panthor_mmu_reclaim_priv_bos).

import type { Kernel } from "../../machine/core/op.ts";
import type { DrmExec } from "../../machine/dma-fence/exec.ts";
import { EDEADLK, EINVAL } from "../../machine/errno.ts";
import { gemLruMoveTailLocked, gemLruScan } from "../../machine/gpuvm/gem-lru.ts";
import type { DrmGemObject } from "../../machine/gpuvm/gem-object.ts";
import type { DrmGpuvmBo, GpuvaOpMap } from "../../machine/gpuvm/gpuva.ts";
import { vmBoEvict } from "../../machine/gpuvm/vm-bo.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { size2M } from "./bits.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE,
  type PanthorVm,
  type PanthorVma,
  type PanthorVmOpCtx,
} from "./types.ts";
import { delInit, moveHead, moveTail, spliceHead, spliceTail } from "./vm-list.ts";

const vmOf = (vmBo: DrmGpuvmBo): PanthorVm => vmBo.vm as PanthorVm;
const vmasOf = (vmBo: DrmGpuvmBo): PanthorVma[] => [...vmBo.gpuvas] as PanthorVma[];

export const evictOps = (drv: Driver) => ({
  /** panthor_vm_update_bo_reclaim_lru_locked(): to the list of the one VM that maps it. */
  *vmUpdateBoReclaimLruLocked(bo: PanthorGemObject): Kernel<void> {
    bo.resv.assertHeld();
    bo.gpuva.lock.assertHeld();
    const { ptdev } = bo;
    const { lruMutex } = bo.dev;
    let found = false;
    for (const vmBo of bo.gpuva.list) {
      if (vmBo.evicted) continue;
      ptdev.base.warnOn(found, "more than one VM maps the object");
      found = true;
      const vm = vmOf(vmBo);
      yield* lruMutex.lock();
      gemLruMoveTailLocked(vm.reclaim.lru, bo);
      if (vm.reclaim.list === null) moveHead(vm, ptdev.reclaim.vms);
      yield* lruMutex.unlock();
    }
  },

  /** panthor_vm_evict_bo_mappings_locked(): 0 when no VM maps the object any more. */
  *vmEvictBoMappingsLocked(bo: PanthorGemObject): Kernel<number> {
    for (const vmBo of bo.gpuva.list) {
      const vm = vmOf(vmBo);
      if (!(yield* vm.opLock.trylock())) return -EDEADLK;
      // A new mapping may have appeared on an association evicted before: then it is in the
      // lists already.
      if (!vmBo.evicted) vmBoEvict(vmBo, true);
      const ret = yield* drv.mmu.vmEvictVmas(vm, vmBo);
      yield* vm.opLock.unlock();
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** The mappings of one association; what is not reached after an error stays in place. */
  *vmEvictVmas(vm: PanthorVm, vmBo: DrmGpuvmBo): Kernel<number> {
    for (const vma of vmasOf(vmBo)) {
      if (vma.evicted) continue;
      const { addr, range } = vma.va;
      const ret = yield* drv.mmu.vmLockRegion(vm, addr, range);
      if (ret !== 0) return ret;
      yield* drv.mmu.vmUnmapPages(vm, addr, range);
      yield* drv.mmu.vmUnlockRegion(vm);
      vma.evicted = true;
    }
    return 0;
  },

  /** select_evicted_vma(): the first one, and the context of the operation that restores it. */
  *selectEvictedVma(vmBo: DrmGpuvmBo): Kernel<{ vma: PanthorVma; opCtx: PanthorVmOpCtx } | null> {
    const vm = vmOf(vmBo);
    yield* vm.opLock.lock();
    const vma = vmasOf(vmBo).find((v) => v.evicted);
    let selected: { vma: PanthorVma; opCtx: PanthorVmOpCtx } | null = null;
    if (vma !== undefined) {
      const opCtx = drv.mmu.vmInitOpCtx(vma.va.range, vma.va.addr, vma.flags);
      opCtx.map.boOffset = vma.gem.offset;
      selected = { vma, opCtx };
    }
    yield* vm.opLock.unlock();
    return selected;
  },

  /** remap_evicted_vma(): if it is still there; the lock was dropped to allocate tables. */
  *remapEvictedVma(
    vmBo: DrmGpuvmBo,
    evictedVma: PanthorVma,
    opCtx: PanthorVmOpCtx,
  ): Kernel<number> {
    const vm = vmOf(vmBo);
    let ret = drv.mmu.vmOpCtxPreallocPts(opCtx);
    if (ret === 0) {
      yield* vm.opLock.lock();
      if (vmBo.gpuvas.has(evictedVma) && evictedVma.evicted) {
        vm.opCtx = opCtx;
        ret = yield* drv.mmu.vmMapEvicted(vm, vmBo, evictedVma);
        vm.opCtx = null;
      }
      yield* vm.opLock.unlock();
    }
    yield* drv.mmu.vmCleanupOpCtx(opCtx, vm);
    return ret;
  },

  /** The page-table part of remap_evicted_vma(). */
  *vmMapEvicted(vm: PanthorVm, vmBo: DrmGpuvmBo, vma: PanthorVma): Kernel<number> {
    const { addr, range } = vma.va;
    let ret = yield* drv.mmu.vmLockRegion(vm, addr, range);
    if (ret !== 0) return ret;
    const op: GpuvaOpMap = {
      va: { addr, range },
      gem: { obj: vmBo.obj, offset: vma.gem.offset },
    };
    const sparse = (vma.flags & DRM_PANTHOR_VM_BIND_OP_MAP_SPARSE) !== 0;
    vm.ptdev.base.warnOnOnce(
      sparse && op.gem.offset !== addr % size2M,
      "offset of a sparse mapping",
    );
    ret = yield* drv.mmu.vmExecMapOp(vm, vma.flags, op);
    if (ret === 0) vma.evicted = false;
    yield* drv.mmu.vmUnlockRegion(vm);
    return ret;
  },

  /** panthor_vm_restore_vmas(). */
  *vmRestoreVmas(vmBo: DrmGpuvmBo): Kernel<number> {
    const { sgt } = (vmBo.obj as PanthorGemObject).dmap;
    if (vmOf(vmBo).ptdev.base.warnOnOnce(sgt === null, "!bo->dmap.sgt")) return -EINVAL;
    for (;;) {
      const selected = yield* drv.mmu.selectEvictedVma(vmBo);
      if (selected === null) return 0;
      const ret = yield* drv.mmu.remapEvictedVma(vmBo, selected.vma, selected.opCtx);
      if (ret !== 0) return ret;
    }
  },

  /** panthor_vm_bo_validate(). */
  *vmBoValidate(vmBo: DrmGpuvmBo, _exec: DrmExec): Kernel<number> {
    const bo = vmBo.obj as PanthorGemObject;
    let ret = yield* drv.gem.swapinLocked(bo);
    if (ret !== 0) return ret;
    ret = yield* drv.mmu.vmRestoreVmas(vmBo);
    if (ret !== 0) return ret;
    vmBoEvict(vmBo, false);
    yield* bo.gpuva.lock.lock();
    yield* drv.gem.updateReclaimStateLocked(bo);
    yield* bo.gpuva.lock.unlock();
    return 0;
  },

  /**
   * panthor_mmu_reclaim_priv_bos(): objects that only one VM maps, VM by VM, least recently active
   * first. VMs that have something left keep their place; VMs that become active meanwhile move.
   */
  *reclaimPrivBos(
    ptdev: PanthorDevice,
    nrToScan: number,
    remaining: { count: number },
    shrink: (obj: DrmGemObject) => Kernel<boolean>,
  ): Kernel<number> {
    const dev = drv.gem.device();
    const { lruMutex } = dev;
    const vms: PanthorVm[] = [];
    const remainingVms: PanthorVm[] = [];
    let freed = 0;
    yield* lruMutex.lock();
    spliceHead(ptdev.reclaim.vms, vms);
    while (freed < nrToScan) {
      const vm = vms[0];
      if (vm === undefined) break;
      if (!vm.getUnlessZero()) {
        delInit(vm);
        continue;
      }
      yield* lruMutex.unlock();
      freed += yield* gemLruScan(dev, vm.reclaim.lru, nrToScan - freed, remaining, shrink);
      yield* lruMutex.lock();
      if (vm === vms[0]) {
        delInit(vm);
        if (vm.reclaim.lru.count > 0) moveTail(vm, remainingVms);
      }
      yield* lruMutex.unlock();
      yield* drv.mmu.vmPut(vm);
      yield* lruMutex.lock();
    }
    spliceTail(vms, remainingVms);
    spliceHead(remainingVms, ptdev.reclaim.vms);
    yield* lruMutex.unlock();
    return freed;
  },
});
