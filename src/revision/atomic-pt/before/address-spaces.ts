// Address-space slots as they were: enabling and disabling one begins with a lock of everything and
// FLUSH_MEM, UPDATE is not waited for, and a slot is taken from an idle VM in software only. A VM
// can become active in the middle of an operation on it. The MMU's interrupt handler acknowledges
// and masks by itself. Kernel: panthor_mmu.c of 6.12.

import type { Driver } from "../../../driver/driver.ts";
import type { PanthorDevice } from "../../../driver/device/types.ts";
import { INT_CLEAR, INT_MASK } from "../../../driver/device/irq.ts";
import { gpuMmuFeaturesVaBits } from "../../../driver/gpu/regs.ts";
import {
  AS_COMMAND_FLUSH_MEM,
  AS_COMMAND_FLUSH_PT,
  AS_COMMAND_UPDATE,
  AS_FAULTADDRESS,
  AS_FAULTSTATUS,
  AS_MEMATTR,
  AS_TRANSCFG,
  AS_TRANSCFG_ADRMODE_AARCH64_4K,
  AS_TRANSCFG_ADRMODE_UNMAPPED,
  AS_TRANSCFG_PTW_MEMATTR_WB,
  AS_TRANSCFG_PTW_RA,
  AS_TRANSCFG_PTW_SH_OS,
  AS_TRANSTAB,
  asTranscfgInaBits,
} from "../../../driver/mmu/regs.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { ENODEV } from "../../../machine/errno.ts";
import { overlay, patch } from "../../patch.ts";
import { lockAndFlush, writeCmd } from "../lock-all.ts";

/** Writes a slot's configuration and has it loaded. */
export function* loadConfiguration(
  { mmio, mmu }: Driver,
  ptdev: PanthorDevice,
  as: number,
  transtab: bigint,
  transcfg: bigint,
  memattr: bigint,
): Kernel<number> {
  yield* mmio.write64(AS_TRANSTAB(as), transtab);
  yield* mmio.write64(AS_MEMATTR(as), memattr);
  yield* mmio.write64(AS_TRANSCFG(as), transcfg);
  return yield* mmu.asSendCmdAndWait(ptdev, as, AS_COMMAND_UPDATE);
}

export const addressSpaces = patch({
  id: "atomic-pt/before-address-spaces",
  title: "Address spaces before atomic page-table updates",
  source: "Linux 6.12 to 6.18",
  observable:
    "LOCKADDR = 0x3f, LOCK and FLUSH_MEM before each AS enable and disable; UPDATE not waited " +
    "for; slots recycled in software",
  overlay: overlay((final) => ({
    mmu: {
      /** write_cmd(); only the flushes are waited for. */
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        const drv = final();
        const status = yield* writeCmd(drv, ptdev, asNr, cmd);
        if (cmd !== AS_COMMAND_FLUSH_MEM && cmd !== AS_COMMAND_FLUSH_PT) return status;
        return yield* drv.mmu.waitReady(ptdev, asNr);
      },

      *asEnable(ptdev, asNr, transtab, transcfg, memattr) {
        const drv = final();
        const flush = AS_COMMAND_FLUSH_MEM;
        const ret = yield* lockAndFlush(drv, ptdev, asNr, "everything", flush);
        if (ret !== 0) return ret;
        return yield* loadConfiguration(drv, ptdev, asNr, transtab, transcfg, memattr);
      },

      *asDisable(ptdev, asNr, recycleSlot) {
        const drv = final();
        // Recycling is in software: the next owner's enable flushes.
        if (recycleSlot) return 0;
        const flush = AS_COMMAND_FLUSH_MEM;
        const ret = yield* lockAndFlush(drv, ptdev, asNr, "everything", flush);
        if (ret !== 0) return ret;
        return yield* loadConfiguration(drv, ptdev, asNr, 0n, AS_TRANSCFG_ADRMODE_UNMAPPED, 0n);
      },

      *vmActive(vm) {
        const { mmu } = final();
        const { ptdev } = vm;
        if (!ptdev.base.enter()) return -ENODEV;
        let ret = 0;
        if (vm.as.activeCnt > 0) vm.as.activeCnt++;
        else {
          yield* ptdev.mmu.as.slotsLock.lock();
          if (vm.as.activeCnt > 0) vm.as.activeCnt++;
          else ret = yield* mmu.vmActiveLocked(vm);
          yield* ptdev.mmu.as.slotsLock.unlock();
        }
        yield* ptdev.base.exit();
        return ret;
      },

      *vmEnableAs(vm) {
        const { mmio, mmu } = final();
        const { ptdev } = vm;
        const { as, irq } = ptdev.mmu;
        let transcfg =
          AS_TRANSCFG_PTW_MEMATTR_WB |
          AS_TRANSCFG_PTW_RA |
          AS_TRANSCFG_ADRMODE_AARCH64_4K |
          asTranscfgInaBits(55 - gpuMmuFeaturesVaBits(ptdev.gpuInfo.mmuFeatures));
        if (ptdev.coherent) transcfg |= AS_TRANSCFG_PTW_SH_OS;
        vm.unhandledFault = false;
        const mask = mmu.asFaultMask(ptdev, vm.as.id);
        if ((as.faultyMask & mask) !== 0) {
          yield* mmio.write32(irq.iomem + INT_CLEAR, mask);
          as.faultyMask &= ~mask;
          irq.mask = (irq.mask | mask) >>> 0;
          yield* mmio.write32(irq.iomem + INT_MASK, ~as.faultyMask >>> 0);
        }
        const transtab = BigInt(vm.pgtblOps.ttbr);
        return yield* mmu.asEnable(ptdev, vm.as.id, transtab, transcfg, vm.memattr);
      },

      /** The generated handler of 6.12 acknowledges before it calls panthor_mmu_irq_handler(). */
      *irqHandler(ptdev, status) {
        const { mmio, mmu, sched } = final();
        yield* mmio.write32(ptdev.mmu.irq.iomem + INT_CLEAR, status);
        let left = mmu.faultMask(ptdev, status);
        const any = left !== 0;
        while (left !== 0) {
          const as = 31 - Math.clz32(left & -left);
          yield* mmu.handleFault(ptdev, as);
          left &= ~mmu.asFaultMask(ptdev, as);
        }
        if (any) yield* sched.reportMmuFault(ptdev);
      },

      *handleFault(ptdev, as) {
        const { mmio, mmu } = final();
        const { irq } = ptdev.mmu;
        const slots = ptdev.mmu.as;
        const faultStatus = yield* mmio.read32(AS_FAULTSTATUS(as));
        const addr = yield* mmio.read64(AS_FAULTADDRESS(as));
        yield* slots.slotsLock.lock();
        slots.faultyMask |= mmu.asFaultMask(ptdev, as);
        mmu.printFault(ptdev, as, addr, faultStatus);
        // Nothing more of this slot until it is enabled again.
        irq.mask = mmu.faultMask(ptdev, ~slots.faultyMask);
        yield* mmio.write32(irq.iomem + INT_MASK, irq.mask);
        const { vm } = slots.slots[as];
        if (vm !== null) vm.unhandledFault = true;
        yield* mmu.asDisable(ptdev, as, false);
        yield* slots.slotsLock.unlock();
      },
    },
  })),
});
