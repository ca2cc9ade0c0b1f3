// The raw handler read INT_STAT before it looked at the state of its block. Kernel:
// panthor_device.h before fe4c05a59018.

import { INT_MASK, INT_STAT } from "../../driver/device/irq.ts";
import { irqActive, irqProcessing } from "../../driver/device/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const irqStatusReadWhileSuspended = regression({
  id: "irq-status-read-while-suspended",
  title: "The raw handler reads registers of a suspended block",
  fix: "fe4c05a59018 drm/panthor: Fix theoretical IOMEM access in suspended state",
  effect: "INT_STAT is read while the device has no clocks",
  trace: "corpus/spurious-irq-while-suspended",
  catches: [
    { by: "difference", section: "registers", kind: "extra", of: /R GPU.*INT_STAT/ },
    { by: "check", name: "unpowered-access" },
  ],
  overlay: overlay((final) => ({
    device: {
      *irqRawHandler(pirq) {
        const { device, mmio } = final();
        if ((yield* mmio.read32(pirq.iomem + INT_STAT)) === 0) return "none";
        yield* pirq.maskLock.lockIrqsave();
        const active = yield* device.irqCmpxchgState(pirq, irqActive, irqProcessing);
        if (active) yield* mmio.write32(pirq.iomem + INT_MASK, 0);
        yield* pirq.maskLock.unlockIrqrestore();
        return active ? "wake_thread" : "none";
      },
    },
  })),
});
