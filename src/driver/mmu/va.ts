// Addresses for objects of the kernel. Kernel: panthor_mmu.c (panthor_vm_alloc_va,
// panthor_vm_free_va).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { DrmMmNode } from "../../machine/memory/drm-mm.ts";
import type { Driver } from "../driver.ts";
import { size2M, size4K } from "./bits.ts";
import { PANTHOR_VM_KERNEL_AUTO_VA, type PanthorVm } from "./types.ts";

export const vaOps = (drv: Driver) => ({
  /** panthor_vm_alloc_va(): at `va`, or anywhere in the automatic range. */
  *vmAllocVa(vm: PanthorVm, va: number, size: number, node: DrmMmNode): Kernel<number> {
    const pgsz = drv.mmu.vmPageSize(vm);
    if (size === 0 || size % pgsz !== 0) return -EINVAL;
    if (va !== PANTHOR_VM_KERNEL_AUTO_VA && va % pgsz !== 0) return -EINVAL;
    let ret: number;
    yield* vm.mmLock.lock();
    if (va !== PANTHOR_VM_KERNEL_AUTO_VA) {
      node.start = va;
      node.size = size;
      ret = vm.mm.reserveNode(node);
    } else {
      const { start, end } = vm.kernelAutoVa;
      const alignment = size >= size2M ? size2M : size4K;
      ret = vm.mm.insertNodeInRange(node, size, alignment, start, end);
    }
    yield* vm.mmLock.unlock();
    return ret;
  },

  /** panthor_vm_free_va(). */
  *vmFreeVa(vm: PanthorVm, node: DrmMmNode): Kernel<void> {
    yield* vm.mmLock.lock();
    vm.mm.removeNode(node);
    yield* vm.mmLock.unlock();
  },
});
