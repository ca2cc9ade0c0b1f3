// Giving VMs an address-space slot, and leaving it to them until it is needed elsewhere.
// Kernel: panthor_mmu.c (panthor_vm_active, panthor_vm_idle, panthor_vm_stop, panthor_vm_start).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EBUSY, ENODEV } from "../../machine/errno.ts";
import { refcountUnderflow } from "../../machine/refcount.ts";
import type { Driver } from "../driver.ts";
import { gpuMmuFeaturesVaBits } from "../gpu/regs.ts";
import { INT_CLEAR } from "../device/irq.ts";
import {
  AS_TRANSCFG_ADRMODE_AARCH64_4K,
  AS_TRANSCFG_PTW_MEMATTR_WB,
  AS_TRANSCFG_PTW_RA,
  AS_TRANSCFG_PTW_SH_OS,
  asTranscfgInaBits,
} from "./regs.ts";
import type { PanthorVm } from "./types.ts";
import { moveTail } from "./vm-list.ts";

export const activeOps = (drv: Driver) => ({
  /** panthor_vm_active(): the VM gets a slot, the MMU its tables. */
  *vmActive(vm: PanthorVm): Kernel<number> {
    const { ptdev } = vm;
    if (!ptdev.base.enter()) return -ENODEV;
    let ret = 0;
    if (vm.as.activeCnt > 0) vm.as.activeCnt++;
    else {
      const { lruMutex } = drv.gem.device();
      yield* lruMutex.lock();
      if (vm.reclaim.lru.count > 0) moveTail(vm, ptdev.reclaim.vms);
      yield* lruMutex.unlock();

      // No race with the region lock of a bind operation.
      yield* vm.opLock.lock();
      yield* ptdev.mmu.as.slotsLock.lock();
      if (vm.as.activeCnt > 0) vm.as.activeCnt++;
      else ret = yield* drv.mmu.vmActiveLocked(vm);
      yield* ptdev.mmu.as.slotsLock.unlock();
      yield* vm.opLock.unlock();
    }
    yield* ptdev.base.exit();
    return ret;
  },

  /** The part of panthor_vm_active() under the slots lock. */
  *vmActiveLocked(vm: PanthorVm): Kernel<number> {
    const { ptdev } = vm;
    let ret = 0;
    const faulty =
      vm.as.id >= 0 && (ptdev.mmu.as.faultyMask & drv.mmu.asFaultMask(ptdev, vm.as.id)) !== 0;
    if (vm.as.id < 0 || faulty) {
      if (vm.as.id < 0) ret = yield* drv.mmu.vmAssignAs(vm);
      if (ret !== 0) return ret;
      ret = yield* drv.mmu.vmEnableAs(vm);
    }
    if (ret === 0) {
      vm.as.activeCnt = 1;
      drv.mmu.asLruDel(vm);
    }
    return ret;
  },

  /** Picks a free slot, or takes the one of the least recently used idle VM. */
  *vmAssignAs(vm: PanthorVm): Kernel<number> {
    const { ptdev } = vm;
    const { base, mmu } = ptdev;
    let as = 0;
    if (vm.forMcu) base.warnOn((mmu.as.allocMask & 1) !== 0, "as.alloc_mask & BIT(0)");
    else as = firstZero(mmu.as.allocMask | 1);

    if (as > 31 || ((1 << as) & ptdev.gpuInfo.asPresent) === 0) {
      const lruVm = mmu.as.lruList[0];
      if (base.warnOn(lruVm === undefined, "!lru_vm")) return -EBUSY;
      base.warnOn(lruVm.as.activeCnt !== 0, "refcount_read(&lru_vm->as.active_cnt)");
      as = lruVm.as.id;
      const ret = yield* drv.mmu.asDisable(ptdev, as, true);
      if (ret !== 0) return ret;
      drv.mmu.vmReleaseAsLocked(lruVm);
    }
    vm.as.id = as;
    mmu.as.allocMask |= 1 << as;
    mmu.as.slots[as].vm = vm;
    return 0;
  },

  /** Programs the slot of the VM and clears a fault it may have. */
  *vmEnableAs(vm: PanthorVm): Kernel<number> {
    const { ptdev } = vm;
    const { mmu } = ptdev;
    const vaBits = gpuMmuFeaturesVaBits(ptdev.gpuInfo.mmuFeatures);
    let transcfg =
      AS_TRANSCFG_PTW_MEMATTR_WB |
      AS_TRANSCFG_PTW_RA |
      AS_TRANSCFG_ADRMODE_AARCH64_4K |
      asTranscfgInaBits(55 - vaBits);
    if (ptdev.coherent) transcfg |= AS_TRANSCFG_PTW_SH_OS;

    vm.unhandledFault = false;
    const mask = drv.mmu.asFaultMask(ptdev, vm.as.id);
    if ((mmu.as.faultyMask & mask) !== 0) {
      yield* drv.mmio.write32(mmu.irq.iomem + INT_CLEAR, mask);
      mmu.as.faultyMask &= ~mask;
    }
    // The operation lock is held: nothing can be locked.
    ptdev.base.warnOn(vm.lockedRegion.size > 0, "vm->locked_region.size > 0");
    const transtab = BigInt(vm.pgtblOps.ttbr);
    return yield* drv.mmu.asEnable(ptdev, vm.as.id, transtab, transcfg, vm.memattr);
  },

  /** panthor_vm_idle(): the VM keeps its slot, as a candidate for eviction. */
  vmIdle(vm: PanthorVm): Kernel<void> {
    const { as } = vm;
    if (as.activeCnt === 1) return drv.mmu.vmIdleLast(vm);
    if (as.activeCnt === 0) refcountUnderflow(drv.linux.m);
    else as.activeCnt--;
    return done();
  },

  /** panthor_vm_idle() when the last user may be gone. */
  *vmIdleLast(vm: PanthorVm): Kernel<void> {
    const { base, mmu } = vm.ptdev;
    yield* mmu.as.slotsLock.lock();
    // The slot may have been taken away meanwhile, and the count with it.
    if (vm.as.activeCnt === 0) refcountUnderflow(drv.linux.m);
    else if (--vm.as.activeCnt === 0) {
      if (!base.warnOn(vm.as.id === -1 || vm.as.onLru, "vm->as.id == -1 || on LRU")) {
        mmu.as.lruList.push(vm);
        vm.as.onLru = true;
      }
    }
    yield* mmu.as.slotsLock.unlock();
  },

  /** panthor_vm_page_size(): the smallest page of the tables. */
  vmPageSize(vm: PanthorVm): number {
    const { pgsizeBitmap } = vm.pgtblOps;
    return pgsizeBitmap & -pgsizeBitmap;
  },

  /** panthor_vm_stop(): the VM_BIND queue. */
  vmStop(vm: PanthorVm): Kernel<void> {
    return vm.sched.stop(null);
  },

  /** panthor_vm_start(). */
  vmStart(vm: PanthorVm): Kernel<void> {
    return vm.sched.start(0);
  },

  /** panthor_vm_as(): slot, -1 if the VM has none. */
  vmAs(vm: PanthorVm): number {
    return vm.as.id;
  },

  /** panthor_vm_has_unhandled_faults(). */
  vmHasUnhandledFaults(vm: PanthorVm): boolean {
    return vm.unhandledFault;
  },

  /** panthor_vm_is_unusable(). */
  vmIsUnusable(vm: PanthorVm): boolean {
    return vm.unusable;
  },
});

/** ffz(). */
function firstZero(mask: number): number {
  const zeros = ~mask;
  return zeros === 0 ? 32 : 31 - Math.clz32(zeros & -zeros);
}
