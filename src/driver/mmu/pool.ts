// The VMs of a file. Kernel: panthor_mmu.c (panthor_vm_pool_*, panthor_vm_create_check_args,
// panthor_vm_destroy).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EBUSY, EINVAL, ENOMEM } from "../../machine/errno.ts";
import { XArray } from "../../machine/memory/xarray.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorFile } from "../drv/types.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import { gpuMmuFeaturesVaBits } from "../gpu/regs.ts";
import { rounddownPowOfTwo, size256M, size4G } from "./bits.ts";
import type { DrmPanthorVmCreate, PanthorVm, PanthorVmPool } from "./types.ts";

/** PANTHOR_VM_MIN_KERNEL_VA_SIZE. */
const minKernelVaSize = size256M;
/** PANTHOR_MAX_VMS_PER_FILE. */
const vmsPerFileMax = 32;
/** TASK_SIZE of a 64-bit Arm process with 48-bit addresses. */
const taskSize = 2 ** 48;

export const poolOps = (drv: Driver) => ({
  /** panthor_vm_create_get_user_va_range(): 0 when the VA space is too small. */
  vmCreateGetUserVaRange(args: DrmPanthorVmCreate, fullVaRange: number): number {
    if (fullVaRange < minKernelVaSize) return 0;
    const largest = fullVaRange - minKernelVaSize;
    let range: number;
    if (args.userVaRange !== 0) range = args.userVaRange;
    else if (taskSize < fullVaRange) range = taskSize;
    else range = fullVaRange > size4G ? fullVaRange / 2 : largest;
    return Math.min(range, largest);
  },

  /** panthor_vm_create_check_args(): the kernel's part of the VA space. */
  vmCreateCheckArgs(
    ptdev: PanthorDevice,
    args: DrmPanthorVmCreate,
  ): { start: number; range: number } | number {
    const fullVaRange = 2 ** gpuMmuFeaturesVaBits(ptdev.gpuInfo.mmuFeatures);
    if (args.flags !== 0) return -EINVAL;
    const userVaRange = drv.mmu.vmCreateGetUserVaRange(args, fullVaRange);
    if (userVaRange === 0) return -EINVAL;
    if (args.userVaRange !== 0 && args.userVaRange > userVaRange) return -EINVAL;
    const range = rounddownPowOfTwo(fullVaRange - userVaRange);
    return { start: fullVaRange - range, range };
  },

  /** panthor_vm_pool_create_vm(): the handle. */
  *vmPoolCreateVm(
    ptdev: PanthorDevice,
    pool: PanthorVmPool,
    args: DrmPanthorVmCreate,
  ): Kernel<number> {
    const kernelVa = drv.mmu.vmCreateCheckArgs(ptdev, args);
    if (typeof kernelVa === "number") return kernelVa;
    const { start, range } = kernelVa;
    const vm = yield* drv.mmu.vmCreate(ptdev, false, start, range, start, range);
    if (typeof vm === "number") return vm;
    vm.dummy = pool.dummy!.get();

    let id = 1;
    while (pool.xa.has(id)) id++;
    const ret = id > vmsPerFileMax ? -EBUSY : pool.xa.store(id, vm, drv.linux.memory);
    if (ret !== 0) {
      yield* drv.mmu.vmPut(vm);
      return ret;
    }
    args.userVaRange = start;
    return id;
  },

  /** panthor_vm_destroy(): unmaps everything; the VM lives until its last reference goes. */
  *vmDestroy(vm: PanthorVm | null): Kernel<void> {
    if (vm === null) return;
    vm.destroyed = true;
    if (vm.as.activeCnt > 0) yield* drv.sched.prepareForVmDestruction(vm.ptdev);

    yield* vm.heaps.lock.lock();
    yield* drv.heap.poolDestroy(vm.heaps.pool);
    vm.heaps.pool = null;
    yield* vm.heaps.lock.unlock();

    const ret = yield* drv.mmu.vmUnmapRange(vm, vm.mmStart, vm.mmRange);
    vm.ptdev.base.warnOn(ret !== 0, "panthor_vm_unmap_range()");
    yield* drv.mmu.vmPut(vm);
  },

  /** panthor_vm_pool_destroy_vm(). */
  *vmPoolDestroyVm(pool: PanthorVmPool, handle: number): Kernel<number> {
    const vm = pool.xa.get(handle) ?? null;
    pool.xa.delete(handle);
    yield* drv.mmu.vmDestroy(vm);
    return vm === null ? -EINVAL : 0;
  },

  /** panthor_vm_pool_get_vm(): with a reference. */
  vmPoolGetVm(pool: PanthorVmPool, handle: number): PanthorVm | null {
    return pool.xa.get(handle)?.get() ?? null;
  },

  /** panthor_vm_pool_destroy(): VMs can outlive the pool. */
  *vmPoolDestroy(pfile: PanthorFile): Kernel<void> {
    const pool = pfile.vms;
    if (pool === null) return;
    for (const handle of [...pool.xa.keys()].sort((a, b) => a - b)) {
      yield* drv.mmu.vmDestroy(pool.xa.get(handle)!);
    }
    if (pool.dummy !== null) yield* pool.dummy.put();
    pool.xa.clear();
    pfile.vms = null;
  },

  /** panthor_vm_pool_create(). */
  *vmPoolCreate(pfile: PanthorFile): Kernel<number> {
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    pfile.vms = { xa: new XArray(true), dummy: null };
    const dummy: PanthorGemObject | number = yield* drv.gem.dummyBoCreate(pfile.ptdev);
    if (typeof dummy === "number") {
      yield* drv.mmu.vmPoolDestroy(pfile);
      return dummy;
    }
    pfile.vms.dummy = dummy;
    return 0;
  },

  /** panthor_vm_heaps_sizes(): for fdinfo. */
  vmHeapsSizes(pfile: PanthorFile, stats: { resident: number; active: number }): void {
    if (pfile.vms === null) return;
    for (const vm of pfile.vms.xa.values()) {
      const size = drv.heap.poolSize(vm.heaps.pool);
      stats.resident += size;
      if (vm.as.id >= 0) stats.active += size;
    }
  },

  /** panthor_vm_get(). */
  vmGet(vm: PanthorVm): PanthorVm {
    return vm.get();
  },

  /** panthor_vm_put(). */
  vmPut(vm: PanthorVm | null): Kernel<void> {
    return vm === null ? done() : vm.put();
  },
});
