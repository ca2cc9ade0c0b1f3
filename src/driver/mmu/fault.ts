// MMU interrupts: page faults are not repaired, the address space is disabled.
// Kernel: panthor_mmu.c (panthor_mmu_irq_handler, access_type_name).

import type { Kernel } from "../../machine/core/op.ts";
import { INT_CLEAR } from "../device/irq.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import {
  AS_FAULTADDRESS,
  AS_FAULTSTATUS,
  AS_FAULTSTATUS_ACCESS_TYPE_ATOMIC,
  AS_FAULTSTATUS_ACCESS_TYPE_EX,
  AS_FAULTSTATUS_ACCESS_TYPE_MASK,
  AS_FAULTSTATUS_ACCESS_TYPE_READ,
} from "./regs.ts";

export const faultOps = (drv: Driver) => ({
  /** access_type_name(). */
  accessTypeName(_ptdev: PanthorDevice, faultStatus: number): string {
    switch (faultStatus & AS_FAULTSTATUS_ACCESS_TYPE_MASK) {
      case AS_FAULTSTATUS_ACCESS_TYPE_ATOMIC:
        return "ATOMIC";
      case AS_FAULTSTATUS_ACCESS_TYPE_READ:
        return "READ";
      case AS_FAULTSTATUS_ACCESS_TYPE_EX:
        return "EXECUTE";
      default:
        return "WRITE";
    }
  },

  /** panthor_mmu_irq_handler(): all faulty slots, lowest first. */
  *irqHandler(ptdev: PanthorDevice, pending: number): Kernel<void> {
    let status = drv.mmu.faultMask(ptdev, pending);
    const any = status !== 0;
    while (status !== 0) {
      const as = 31 - Math.clz32(status & -status);
      yield* drv.mmu.handleFault(ptdev, as);
      status &= ~drv.mmu.asFaultMask(ptdev, as);
    }
    if (any) yield* drv.sched.reportMmuFault(ptdev);
  },

  /** The body of panthor_mmu_irq_handler() for one slot. */
  *handleFault(ptdev: PanthorDevice, as: number): Kernel<void> {
    const { mmu } = ptdev;
    const mask = drv.mmu.asFaultMask(ptdev, as);
    const faultStatus = yield* drv.mmio.read32(AS_FAULTSTATUS(as));
    const addr = yield* drv.mmio.read64(AS_FAULTADDRESS(as));

    yield* mmu.as.slotsLock.lock();
    mmu.as.faultyMask |= mask;
    drv.mmu.printFault(ptdev, as, addr, faultStatus);
    yield* drv.mmio.write32(mmu.irq.iomem + INT_CLEAR, mask);
    const { vm } = mmu.as.slots[as];
    if (vm !== null) vm.unhandledFault = true;
    yield* drv.mmu.asDisable(ptdev, as, false);
    yield* mmu.as.slotsLock.unlock();
  },

  /** The fault report in the kernel log. */
  printFault(ptdev: PanthorDevice, as: number, addr: bigint, faultStatus: number): void {
    const hex = (v: number | bigint): string => v.toString(16).toUpperCase();
    const exception = faultStatus & 0xff;
    const access = (faultStatus >>> 8) & 3;
    const decoded = (faultStatus & (1 << 10)) !== 0 ? "DECODER FAULT" : "SLAVE FAULT";
    ptdev.base.log(
      "err",
      [
        `Unhandled Page fault in AS${as} at VA 0x${hex(addr).padStart(16, "0")}`,
        `raw fault status: 0x${hex(faultStatus)}`,
        `decoded fault status: ${decoded}`,
        `exception type 0x${hex(exception)}: ${drv.device.exceptionName(exception)}`,
        `access type 0x${hex(access)}: ${drv.mmu.accessTypeName(ptdev, faultStatus)}`,
        `source id 0x${hex(faultStatus >>> 16)}`,
      ].join("\n"),
    );
  },
});
