// Locking and fencing everything a VM maps, around a submission.
// Kernel: drivers/gpu/drm/drm_gpuvm.c (drm_gpuvm_prepare_*, drm_gpuvm_validate,
// drm_gpuvm_resv_add_fence), with DRM_GPUVM_RESV_PROTECTED.

import type { Kernel } from "../core/op.ts";
import type { DrmExec } from "../dma-fence/exec.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import type { Usage } from "../dma-fence/resv.ts";
import { EOPNOTSUPP } from "../errno.ts";
import type { DrmGemObject } from "./gem-object.ts";
import type { DrmGpuvm } from "./gpuvm.ts";
import { vmBoIsZombie } from "./vm-bo.ts";

function prepareObj(exec: DrmExec, obj: DrmGemObject, numFences: number): Kernel<number> {
  return numFences > 0 ? exec.prepareObj(obj, numFences) : exec.lockObj(obj);
}

/** drm_gpuvm_prepare_vm(): the reservation object shared by the VM's private objects. */
export function gpuvmPrepareVm(vm: DrmGpuvm, exec: DrmExec, numFences: number): Kernel<number> {
  return prepareObj(exec, vm.rObj, numFences);
}

/** drm_gpuvm_prepare_objects(): external objects; those evicted go on the VM's list. */
export function* gpuvmPrepareObjects(
  vm: DrmGpuvm,
  exec: DrmExec,
  numFences: number,
): Kernel<number> {
  vm.resv.assertHeld();
  if (vm.extobj.size === 0) return 0;
  for (const vmBo of vm.extobj) {
    if (vmBoIsZombie(vmBo)) continue;
    const ret = yield* prepareObj(exec, vmBo.obj, numFences);
    if (ret !== 0) return ret;
    if (vmBo.evicted) vm.evict.add(vmBo);
  }
  return 0;
}

/** drm_gpuvm_validate(): brings evicted objects back. */
export function* gpuvmValidate(vm: DrmGpuvm, exec: DrmExec): Kernel<number> {
  const { vmBoValidate } = vm.ops;
  if (vmBoValidate === undefined) return -EOPNOTSUPP;
  vm.resv.assertHeld();
  if (vm.evict.size === 0) return 0;
  for (const vmBo of [...vm.evict]) {
    if (vmBoIsZombie(vmBo)) continue;
    const ret = yield* vmBoValidate(vmBo, exec);
    if (ret !== 0) return ret;
    vmBo.obj.resv.assertHeld();
    if (!vmBo.evicted) vm.evict.delete(vmBo);
  }
  return 0;
}

/** drm_gpuvm_resv_add_fence(): on every object that `exec` has locked. */
export function* gpuvmResvAddFence(
  vm: DrmGpuvm,
  exec: DrmExec,
  fence: DmaFence,
  privateUsage: Usage,
  extobjUsage: Usage,
): Kernel<void> {
  const objects = exec.lockedObjects();
  for (let i = 0; i < objects.length; i++) {
    const obj = objects[i];
    const usage = vm.isExtobj(obj as DrmGemObject) ? extobjUsage : privateUsage;
    yield* obj.resv.addFence(fence, usage);
  }
}
