// Objects in a VM: the drm_gpuvm_bo life cycle with deferred clean-up, and linking of mappings.
// Kernel: drivers/gpu/drm/drm_gpuvm.c, immediate mode with DRM_GPUVM_RESV_PROTECTED: an association
// whose last reference goes in a signalling path becomes a zombie and is cleaned up later, because
// the VM's reservation lock cannot be taken there.

import { done, type Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import type { DrmGemObject } from "./gem-object.ts";
import { type DrmGpuva, DrmGpuvmBo } from "./gpuva.ts";
import type { DrmGpuvm } from "./gpuvm.ts";

/** drm_gpuvm_bo_create(). */
export function vmBoCreate(vm: DrmGpuvm, obj: DrmGemObject): DrmGpuvmBo {
  return new DrmGpuvmBo(vm.get(), obj.get());
}

/** drm_gpuvm_bo_get(). */
export function vmBoGet(vmBo: DrmGpuvmBo): DrmGpuvmBo {
  vmBo.kref++;
  return vmBo;
}

/** drm_gpuvm_bo_destroy_not_in_lists(). */
function* destroyNotInLists(vmBo: DrmGpuvmBo): Kernel<void> {
  const { vm, obj } = vmBo;
  if (vm.ops.vmBoFree !== undefined) yield* vm.ops.vmBoFree(vmBo);
  yield* vm.put();
  yield* obj.put();
}

/** drm_gpuvm_bo_find(): with a reference; the object's gpuva lock is held. */
export function vmBoFind(vm: DrmGpuvm, obj: DrmGemObject): DrmGpuvmBo | null {
  obj.gpuva.lock.assertHeld();
  for (const vmBo of obj.gpuva.list) if (vmBo.vm === vm) return vmBoGet(vmBo);
  return null;
}

/** drm_gpuvm_bo_obtain_prealloc(): the existing association, or the new one put in place. */
export function* vmBoObtainPrealloc(fresh: DrmGpuvmBo): Kernel<DrmGpuvmBo> {
  const { vm, obj } = fresh;
  yield* obj.gpuva.lock.lock();
  const found = vmBoFind(vm, obj);
  if (found !== null) {
    yield* obj.gpuva.lock.unlock();
    if (--fresh.kref === 0) yield* destroyNotInLists(fresh);
    return found;
  }
  obj.gpuva.list.add(fresh);
  yield* obj.gpuva.lock.unlock();
  return fresh;
}

/** drm_gpuvm_bo_put_deferred(): the last reference takes and releases the gpuva lock. */
export function vmBoPutDeferred(vmBo: DrmGpuvmBo | null): Kernel<void> {
  if (vmBo === null) return done();
  if (vmBo.kref > 1) {
    vmBo.kref--;
    return done();
  }
  return putLastDeferred(vmBo);
}

function* putLastDeferred(vmBo: DrmGpuvmBo): Kernel<void> {
  const { lock, list } = vmBo.obj.gpuva;
  yield* lock.lock();
  if (--vmBo.kref > 0) {
    yield* lock.unlock();
    return;
  }
  list.delete(vmBo);
  yield* lock.unlock();
  vmBo.vm.boDefer.push(vmBo);
}

/** drm_gpuvm_bo_deferred_cleanup(): frees the zombies, newest first. */
export function* vmBoDeferredCleanup(vm: DrmGpuvm): Kernel<void> {
  if (vm.boDefer.length === 0) return;
  const zombies = vm.boDefer.splice(0).reverse();
  yield* vm.resv.lock();
  for (const vmBo of zombies) {
    vm.extobj.delete(vmBo);
    vm.evict.delete(vmBo);
  }
  yield* vm.resv.unlock();
  for (const vmBo of zombies) yield* destroyNotInLists(vmBo);
}

/** drm_gpuvm_bo_is_zombie(). */
export function vmBoIsZombie(vmBo: DrmGpuvmBo): boolean {
  return vmBo.kref === 0;
}

/** drm_gpuvm_bo_extobj_add(): the VM's reservation lock is held. */
export function vmBoExtobjAdd(vmBo: DrmGpuvmBo): void {
  vmBo.vm.resv.assertHeld();
  if (vmBo.vm.isExtobj(vmBo.obj)) vmBo.vm.extobj.add(vmBo);
}

/**
 * drm_gpuvm_bo_evict(): external objects only get the mark, the lists follow when the VM's own
 * reservation lock is held (drm_gpuvm_prepare_objects).
 */
export function vmBoEvict(vmBo: DrmGpuvmBo, evict: boolean): void {
  vmBo.obj.resv.assertHeld();
  vmBo.evicted = evict;
  if (vmBo.vm.isExtobj(vmBo.obj)) return;
  if (evict) vmBo.vm.evict.add(vmBo);
  else vmBo.vm.evict.delete(vmBo);
}

/** drm_gpuva_link(): takes a reference on the association; the gpuva lock is held. */
export function gpuvaLink(va: DrmGpuva, vmBo: DrmGpuvmBo): void {
  if (va.gem.obj === null) return;
  if (va.gem.obj !== vmBo.obj) throw new Defect("drm_gpuva_link", "mapping of another object");
  va.gem.obj.gpuva.lock.assertHeld();
  va.vmBo = vmBoGet(vmBo);
  vmBo.gpuvas.add(va);
}

/** drm_gpuva_unlink_defer(). */
export function* gpuvaUnlinkDefer(va: DrmGpuva): Kernel<void> {
  const { obj } = va.gem;
  const { vmBo } = va;
  if (obj === null || vmBo === null) return;
  yield* obj.gpuva.lock.lock();
  vmBo.gpuvas.delete(va);
  const zombie = --vmBo.kref === 0;
  if (zombie) obj.gpuva.list.delete(vmBo);
  yield* obj.gpuva.lock.unlock();
  if (zombie) vmBo.vm.boDefer.push(vmBo);
  va.vmBo = null;
}
