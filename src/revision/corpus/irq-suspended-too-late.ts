// A block counted as suspended only after synchronize_irq(), so its thread restored the mask
// meanwhile. Kernel: panthor_device.h before "drm/panthor: Fix ordering in _irq_suspend()".

import { INT_MASK } from "../../driver/device/irq.ts";
import { irqSuspended } from "../../driver/device/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const irqSuspendedTooLate = regression({
  id: "irq-suspended-too-late",
  title: "An interrupt thread unmasks a block that is being suspended",
  fix: "drm/panthor: Fix ordering in _irq_suspend()",
  effect: "INT_MASK is not 0 although the block is suspended",
  trace: "corpus/fault-during-reset",
  catches: [{ by: "difference", section: "registers", kind: "extra", of: /W MMU.*INT_MASK/ }],
  overlay: overlay((final) => ({
      device: {
        *irqSuspend(pirq) {
          const { linux, mmio } = final();
          yield* pirq.maskLock.lockIrqsave();
          yield* mmio.write32(pirq.iomem + INT_MASK, 0);
          yield* pirq.maskLock.unlockIrqrestore();
          yield* linux.irqs.synchronizeIrq(pirq.irq);
          pirq.state = irqSuspended;
        },
      },
    })),
});
