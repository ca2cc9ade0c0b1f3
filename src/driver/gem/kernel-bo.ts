// Objects of the kernel, mapped in a VM: rings, firmware sections, suspend buffers, heap chunks.
// Kernel: panthor_gem.c (panthor_kernel_bo_create, panthor_kernel_bo_destroy), panthor_gem.h.

import { done, type Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { DrmMmNode } from "../../machine/memory/drm-mm.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorVm } from "../mmu/types.ts";
import {
  PANTHOR_DEBUGFS_GEM_USAGE_FLAG_FW_MAPPED,
  PANTHOR_DEBUGFS_GEM_USAGE_FLAG_KERNEL,
  type PanthorGemObject,
  type PanthorKernelBo,
} from "./types.ts";

export const kernelBoOps = (drv: Driver) => ({
  /** panthor_kernel_bo_gpuva(). */
  kernelBoGpuva(kbo: PanthorKernelBo): number {
    return kbo.vaNode.start;
  },

  /** panthor_kernel_bo_size(). */
  kernelBoSize(kbo: PanthorKernelBo): number {
    return kbo.obj.size;
  },

  /** panthor_kernel_bo_vmap(). */
  *kernelBoVmap(kbo: PanthorKernelBo): Kernel<number> {
    if (kbo.kmap !== null) return 0;
    const map = yield* drv.gem.vmap(kbo.obj);
    if (typeof map === "number") return map;
    kbo.kmap = map;
    return 0;
  },

  /** panthor_kernel_bo_vunmap(). */
  *kernelBoVunmap(kbo: PanthorKernelBo): Kernel<void> {
    if (kbo.kmap === null) return;
    yield* drv.gem.vunmap(kbo.obj);
    kbo.kmap = null;
  },

  /** panthor_gem_kernel_bo_set_label(). */
  kernelBoSetLabel(kbo: PanthorKernelBo, label: string | null): Kernel<void> {
    const { obj } = kbo;
    if (obj.ptdev.base.warnOn(obj.handleCount > 0, "bo->obj->handle_count > 0")) return done();
    if (label === null) return done();
    if (!drv.linux.memory.failsNow()) return drv.gem.boSetLabel(obj, label);
    // A label is not worth failing for.
    obj.ptdev.base.log("warn", "Not enough memory to allocate BO label");
    return done();
  },

  /** panthor_kernel_bo_destroy(): also of what was never created. */
  *kernelBoDestroy(kbo: PanthorKernelBo | number | null): Kernel<void> {
    if (kbo === null || typeof kbo === "number") return;
    const { obj, vm, vaNode } = kbo;
    const { ptdev } = obj;
    yield* drv.gem.kernelBoVunmap(kbo);
    ptdev.base.warnOn(obj.exclusiveVmRootGem !== drv.mmu.vmRootGem(vm), "kernel BO of another VM");
    yield* drv.mmu.vmUnmapRange(vm, vaNode.start, vaNode.size);
    yield* drv.mmu.vmFreeVa(vm, vaNode);
    if (vm === drv.fw.vm(ptdev)) yield* drv.gem.unpin(obj);
    yield* obj.put();
    yield* drv.mmu.vmPut(vm);
  },

  /** panthor_kernel_bo_create(): memory of the firmware's VM is pinned for good. */
  *kernelBoCreate(
    ptdev: PanthorDevice,
    vm: PanthorVm,
    size: number,
    boFlags: number,
    vmMapFlags: number,
    gpuVa: number,
    name: string,
  ): Kernel<PanthorKernelBo | number> {
    if (ptdev.base.warnOn(vm === null, "!vm")) return -EINVAL;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const ofFw = vm === drv.fw.vm(ptdev);
    const usage =
      PANTHOR_DEBUGFS_GEM_USAGE_FLAG_KERNEL | (ofFw ? PANTHOR_DEBUGFS_GEM_USAGE_FLAG_FW_MAPPED : 0);
    const bo = yield* drv.gem.create(ptdev, size, boFlags, vm, usage);
    if (typeof bo === "number") return bo;

    let ret = ofFw ? yield* drv.gem.pin(bo) : 0;
    if (ret === 0) {
      const kbo: PanthorKernelBo = { obj: bo, vm, vaNode: new DrmMmNode(), kmap: null };
      yield* drv.gem.kernelBoSetLabel(kbo, name);
      ret = yield* drv.gem.kernelBoMap(kbo, bo, size, vmMapFlags, gpuVa);
      if (ret === 0) {
        drv.mmu.vmGet(vm);
        return kbo;
      }
      if (ofFw) yield* drv.gem.unpin(bo);
    }
    yield* bo.put();
    return ret;
  },

  /** Address and mapping of a new kernel object. */
  *kernelBoMap(
    kbo: PanthorKernelBo,
    bo: PanthorGemObject,
    boSize: number,
    vmMapFlags: number,
    gpuVa: number,
  ): Kernel<number> {
    const { vm, vaNode } = kbo;
    // CPU pages may be larger than the MMU's: no more than needed is mapped.
    const pgsz = drv.mmu.vmPageSize(vm);
    const size = Math.ceil(boSize / pgsz) * pgsz;
    let ret = yield* drv.mmu.vmAllocVa(vm, gpuVa, size, vaNode);
    if (ret !== 0) return ret;
    ret = yield* drv.mmu.vmMapBoRange(vm, bo, 0, size, vaNode.start, vmMapFlags);
    if (ret !== 0) yield* drv.mmu.vmFreeVa(vm, vaNode);
    return ret;
  },
});
