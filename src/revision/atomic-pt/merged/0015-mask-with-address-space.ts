// The interrupt of an address space is masked when it is disabled and unmasked when it is enabled, by
// the code that does so; a fault is acknowledged under the slots lock.
// Kernel: panthor_mmu.c of 7.2 (panthor_mmu_as_enable, _as_disable, _irq_handler).

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const maskWithAddressSpace = patch({
  id: "atomic-pt/merged-0015",
  title: "Mask the interrupt of an AS when it is disabled",
  source: "interrupt rework of 7.2",
  observable: "MMU_INT_MASK is written at each AS enable and disable, not by the fault handler",
  overlay: overlay((final, prev) => ({
    mmu: {
      ...asPorted(final, "mmu", "irqHandler", "handleFault", "vmEnableAs"),
      *asEnable(ptdev, asNr, transtab, transcfg, memattr) {
        const { device, mmu } = final();
        yield* device.irqEnableEvents(ptdev.mmu.irq, mmu.asFaultMask(ptdev, asNr));
        return yield* prev.mmu.asEnable(ptdev, asNr, transtab, transcfg, memattr);
      },
      *asDisable(ptdev, asNr, recycleSlot) {
        const { device, mmu } = final();
        yield* device.irqDisableEvents(ptdev.mmu.irq, mmu.asFaultMask(ptdev, asNr));
        return yield* prev.mmu.asDisable(ptdev, asNr, recycleSlot);
      },
    },
  })),
});
