// The region lock around an operation: the GPU waits for addresses in it.
// Kernel: panthor_mmu.c (panthor_vm_lock_region, panthor_vm_unlock_region).

import { done, type Kernel } from "../../machine/core/op.ts";
import type { Driver } from "../driver.ts";
import { CACHE_CLEAN, CACHE_INV } from "../gpu/regs.ts";
import { AS_COMMAND_LOCK, AS_COMMAND_UNLOCK, AS_LOCKADDR } from "./regs.ts";
import type { PanthorVm } from "./types.ts";

export const regionOps = (drv: Driver) => ({
  /** panthor_vm_lock_region(): nothing to do inside the region already locked. */
  vmLockRegion(vm: PanthorVm, start: number, size: number): Kernel<number> {
    const { lockedRegion } = vm;
    if (start >= lockedRegion.start && start + size <= lockedRegion.start + lockedRegion.size) {
      return done(0);
    }
    return drv.mmu.vmLockRegionSlow(vm, start, size);
  },

  /** panthor_vm_lock_region() past its early exit. A wider lock is the union of both. */
  *vmLockRegionSlow(vm: PanthorVm, start: number, size: number): Kernel<number> {
    const { ptdev, lockedRegion } = vm;
    const { slotsLock } = ptdev.mmu.as;
    if (lockedRegion.size > 0) {
      const lockedEnd = lockedRegion.start + lockedRegion.size;
      ptdev.base.warnOnOnce(
        start + size <= lockedRegion.start || start >= lockedEnd,
        "region to lock does not overlap the locked region",
      );
      const end = Math.max(lockedEnd, start + size);
      start = Math.min(start, lockedRegion.start);
      size = end - start;
    }

    let ret = 0;
    yield* slotsLock.lock();
    if (vm.as.id >= 0 && size > 0) {
      const region = drv.mmu.packRegionRange(ptdev, start, size);
      yield* drv.mmio.write64(AS_LOCKADDR(vm.as.id), region.lockaddr);
      start = region.start;
      size = region.size;
      ret = yield* drv.mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_LOCK);
    }
    if (ret === 0) {
      lockedRegion.start = start;
      lockedRegion.size = size;
    }
    yield* slotsLock.unlock();
    return ret;
  },

  /** panthor_vm_unlock_region(): flush, then unlock; a reset if either fails. */
  *vmUnlockRegion(vm: PanthorVm): Kernel<void> {
    const { ptdev } = vm;
    const { slotsLock } = ptdev.mmu.as;
    yield* slotsLock.lock();
    if (vm.as.id >= 0) {
      const cleanInv = CACHE_CLEAN | CACHE_INV;
      let ret = yield* drv.gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
      if (ret === 0) ret = yield* drv.mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_UNLOCK);
      if (ret !== 0) yield* drv.device.scheduleReset(ptdev);
    }
    vm.lockedRegion.start = 0;
    vm.lockedRegion.size = 0;
    yield* slotsLock.unlock();
  },
});
