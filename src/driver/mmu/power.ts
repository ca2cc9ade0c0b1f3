// Suspend, resume, reset and unplug of the MMU. Kernel: panthor_mmu.c (panthor_mmu_suspend,
// _resume, _pre_reset, _post_reset, _unplug, _init).

import type { Kernel } from "../../machine/core/op.ts";
import { ENODEV, ENOMEM } from "../../machine/errno.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { size2M, size4K } from "./bits.ts";
import { MMU_INT_BASE } from "./regs.ts";
import { maxAsSlots, type PanthorMmu } from "./types.ts";

export const powerOps = (drv: Driver) => ({
  /** panthor_mmu_info_init(). */
  infoInit(ptdev: PanthorDevice): void {
    ptdev.mmuInfo.pageSizeBitmap = size4K | size2M;
  },

  /** panthor_mmu_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { linux } = drv;
    drv.mmu.infoInit(ptdev);
    if (linux.memory.failsNow()) return -ENOMEM;
    const mmu: PanthorMmu = {
      irq: drv.device.newIrq(ptdev, "mmu", ptdev.pdev.irqs["mmu"] ?? 0, MMU_INT_BASE),
      as: {
        slotsLock: new Mutex(linux.m, "as.slots_lock"),
        allocMask: 0,
        faultyMask: 0,
        slots: Array.from({ length: maxAsSlots }, () => ({ vm: null })),
        lruList: [],
      },
      vm: {
        lock: new Mutex(linux.m, "panthor_mmu.vm.lock"),
        list: [],
        resetInProgress: false,
        wq: null,
      },
    };
    // as.slots_lock and vm.lock.
    let ret = ptdev.base.mutexInit() || ptdev.base.mutexInit();
    if (ret !== 0) return ret;
    ptdev.mmu = mmu;
    if ((yield* drv.device.getIrqByName(ptdev, "mmu", "irq_mmu")) <= 0) return -ENODEV;

    ret = yield* drv.device.requestIrq(mmu.irq, (dev, status) => drv.mmu.irqHandler(dev, status));
    if (ret !== 0) return ret;
    if (linux.memory.failsNow()) return -ENOMEM;
    mmu.vm.wq = linux.wq.alloc("panthor-vm-bind", { unbound: true });
    ret = yield* ptdev.base.addActionOrReset(() => drv.mmu.releaseWq(ptdev));
    if (ret !== 0) return ret;

    yield* drv.device.irqEnableEvents(mmu.irq, drv.mmu.faultMask(ptdev, 0xffffffff));
    yield* drv.device.irqResume(mmu.irq);
    return 0;
  },

  /** panthor_mmu_release_wq(). */
  releaseWq(ptdev: PanthorDevice): Kernel<void> {
    return ptdev.mmu.vm.wq!.destroy();
  },

  /** panthor_mmu_suspend(): flushes and takes all slots away. */
  *suspend(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.mmu.disableAllAs(ptdev);
    yield* drv.device.irqSuspend(ptdev.mmu.irq);
  },

  /** The loop over the slots that suspend and unplug share. */
  *disableAllAs(ptdev: PanthorDevice): Kernel<void> {
    const { as } = ptdev.mmu;
    yield* as.slotsLock.lock();
    for (let i = 0; i < as.slots.length; i++) {
      const { vm } = as.slots[i];
      if (vm === null) continue;
      const ret = yield* drv.mmu.asDisable(ptdev, i, false);
      ptdev.base.warnOn(ret !== 0, "panthor_mmu_as_disable(ptdev, i, false)");
      drv.mmu.vmReleaseAsLocked(vm);
    }
    yield* as.slotsLock.unlock();
  },

  /** panthor_mmu_resume(): VMs get their slots when they become active. */
  *resume(ptdev: PanthorDevice): Kernel<void> {
    const { as, irq } = ptdev.mmu;
    yield* as.slotsLock.lock();
    as.allocMask = 0;
    as.faultyMask = 0;
    yield* as.slotsLock.unlock();
    yield* drv.device.irqResume(irq);
  },

  /**
   * panthor_mmu_pre_reset(): stops the VM_BIND queues. The slots are left alone: the reset may be
   * for one that is stuck.
   */
  *preReset(ptdev: PanthorDevice): Kernel<void> {
    const { irq, vm } = ptdev.mmu;
    yield* drv.device.irqSuspend(irq);
    yield* vm.lock.lock();
    vm.resetInProgress = true;
    for (const v of vm.list) yield* drv.mmu.vmStop(v);
    yield* vm.lock.unlock();
  },

  /** panthor_mmu_post_reset(): no slot survived the reset. */
  *postReset(ptdev: PanthorDevice): Kernel<void> {
    const { as, irq, vm } = ptdev.mmu;
    yield* as.slotsLock.lock();
    as.allocMask = 0;
    as.faultyMask = 0;
    for (const slot of as.slots) if (slot.vm !== null) drv.mmu.vmReleaseAsLocked(slot.vm);
    yield* as.slotsLock.unlock();

    yield* drv.device.irqResume(irq);

    yield* vm.lock.lock();
    for (const v of vm.list) yield* drv.mmu.vmStart(v);
    vm.resetInProgress = false;
    yield* vm.lock.unlock();
  },

  /** panthor_mmu_unplug(): no register of the MMU is accessed afterwards. */
  *unplug(ptdev: PanthorDevice): Kernel<void> {
    if (ptdev.pmRuntime.active) yield* drv.device.irqSuspend(ptdev.mmu.irq);
    yield* drv.mmu.disableAllAs(ptdev);
  },
});
