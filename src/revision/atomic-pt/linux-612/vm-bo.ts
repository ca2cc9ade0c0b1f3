// What a mapping holds of its object goes with the clean-up of the operation that removed it, under the
// lock of the VM, whether it is the last reference or not; nothing is left to do behind a map. The pages
// stay pinned as long as the object is in the VM. (7.3 pins for the operation alone, and takes the lock
// only for objects that left the VM.)
// Kernel: panthor_mmu.c of 6.12 (panthor_vm_bo_put, panthor_vma_unlink, panthor_vm_cleanup_op_ctx,
// panthor_vm_prepare_map_op_ctx), drm_gpuvm.c (drm_gpuvm_bo_destroy).

import type { Driver } from "../../../driver/driver.ts";
import type { PanthorGemObject } from "../../../driver/gem/types.ts";
import type { PanthorVm, PanthorVmOpCtx } from "../../../driver/mmu/types.ts";
import { done, type Kernel } from "../../../machine/core/op.ts";
import { ENOMEM } from "../../../machine/errno.ts";
import type { DrmGpuva, DrmGpuvmBo } from "../../../machine/gpuvm/gpuva.ts";
import {
  vmBoCreate,
  vmBoExtobjAdd,
  vmBoGet,
  vmBoObtainPrealloc,
} from "../../../machine/gpuvm/vm-bo.ts";
import { overlay, patch } from "../../patch.ts";

/** struct panthor_vm_op_ctx of 6.12. */
interface OpCtx extends PanthorVmOpCtx {
  /** Associations of mappings that the operation removed. */
  returned?: DrmGpuvmBo[];
}

/** panthor_vm_bo_put(). */
function* vmBoPut({ gem }: Driver, vmBo: DrmGpuvmBo): Kernel<void> {
  const { vm } = vmBo;
  const obj = vmBo.obj.get();
  vm.get();
  yield* vm.resv.lock();
  yield* obj.gpuva.lock.lock();
  const last = --vmBo.kref === 0;
  if (last) {
    vm.extobj.delete(vmBo);
    vm.evict.delete(vmBo);
    obj.gpuva.list.delete(vmBo);
    yield* vm.put();
    yield* obj.put();
  }
  yield* obj.gpuva.lock.unlock();
  yield* vm.resv.unlock();
  if (last) yield* gem.unpin(obj as PanthorGemObject);
  yield* vm.put();
  yield* obj.put();
}

/** The association of an object with a VM, which owns a pin from the time that it is made. */
function* obtain({ gem }: Driver, vm: PanthorVm, bo: PanthorGemObject): Kernel<DrmGpuvmBo> {
  const fresh = vmBoCreate(vm, bo);
  yield* vm.resv.lock();
  const vmBo = yield* vmBoObtainPrealloc(fresh);
  yield* vm.resv.unlock();
  if (vmBo !== fresh) yield* gem.unpin(bo);
  return vmBo;
}

export const vmBo = patch({
  id: "linux-6.12/vm-bo",
  title: "Objects of removed mappings are put under the lock of the VM",
  source: "Linux 6.12",
  observable: "the clean-up after an unmap waits for a task that is submitting to the VM",
  overlay: overlay((final) => ({
    mmu: {
      *vmFillMapOpCtx(opCtx, vm, bo, op) {
        const { gem, linux, mmu } = final();
        let ret = mmu.vmOpCtxPreallocVmas(opCtx);
        if (ret !== 0) return ret;
        ret = yield* gem.pin(bo);
        if (ret !== 0) return ret;
        const sgt = yield* gem.getDevSgt(bo);
        if (typeof sgt === "number" || linux.memory.failsNow()) {
          yield* gem.unpin(bo);
          return typeof sgt === "number" ? sgt : -ENOMEM;
        }
        opCtx.map.vmBo = yield* obtain(final(), vm, bo);
        opCtx.map.boOffset = op.boOffset;
        ret = mmu.vmOpCtxPreallocPts(opCtx);
        if (ret !== 0) return ret;
        yield* vm.resv.lock();
        vmBoExtobjAdd(opCtx.map.vmBo);
        yield* vm.resv.unlock();
        return 0;
      },

      *vmaUnlink(vma) {
        const vmBo = vmBoGet(vma.vmBo!);
        const { lock } = vmBo.obj.gpuva;
        yield* lock.lock();
        unlink(vma);
        yield* lock.unlock();
        const opCtx = (vmBo.vm as PanthorVm).opCtx as OpCtx;
        (opCtx.returned ??= []).push(vmBo);
      },

      *vmCleanupOpCtx(opCtx: OpCtx) {
        const drv = final();
        const { rsvdPageTables, map, returned } = opCtx;
        const { count, pages, ptr } = rsvdPageTables;
        drv.mmu.ptCacheFree(pages.slice(ptr, count));
        if (map.vmBo !== null) yield* vmBoPut(drv, map.vmBo);
        opCtx.preallocatedVmas.fill(null);
        for (const vmBo of returned ?? []) yield* vmBoPut(drv, vmBo);
      },

      // The last reference is put under the locks that it would take.
      vmBoFree: () => done(),
    },
  })),
});

/** drm_gpuva_unlink(): its caller has another reference. */
function unlink(vma: DrmGpuva): void {
  const { vmBo } = vma;
  if (vmBo === null) return;
  vmBo.gpuvas.delete(vma);
  vmBo.kref--;
  vma.vmBo = null;
}
