// The state of an interrupt block changes only under its lock, so it need not be atomic. The raw
// handler looks at INT_STAT first and leaves ACTIVE only for an interrupt of its own; the last
// step of a suspend happens under the lock. Where time is priced an interrupt takes two atomic
// operations less (a foreign one two in one handler) and a suspend one lock more.
// Kernel: panthor_device.h, merged as 9108219c72b1.

import { INT_MASK, INT_STAT } from "../../driver/device/irq.ts";
import {
  irqActive,
  irqProcessing,
  irqSuspended,
  irqSuspending,
} from "../../driver/device/types.ts";
import { done } from "../../machine/core/op.ts";
import type { IrqReturn } from "../../machine/irq/irqs.ts";
import { overlay, patch } from "../patch.ts";

export const irqStateNonAtomic = patch({
  id: "irq-latency/0001",
  title: "Make panthor_irq::state a non-atomic field",
  source: "9108219c72b1; v3 1/7",
  observable: "nothing; with another block on the same line the state no longer flickers",
  overlay: overlay((final) => ({
    device: {
      /** A comparison and a store under the lock that the caller holds. */
      irqCmpxchgState(pirq, from, to) {
        const changed = pirq.state === from;
        if (changed) pirq.state = to;
        return done(changed);
      },

      *irqRawHandler(pirq) {
        const { mmio } = final();
        let ret: IrqReturn = "none";
        yield* pirq.maskLock.lockIrqsave();
        if (pirq.state === irqActive && (yield* mmio.read32(pirq.iomem + INT_STAT)) !== 0) {
          pirq.state = irqProcessing;
          yield* mmio.write32(pirq.iomem + INT_MASK, 0);
          ret = "wake_thread";
        }
        yield* pirq.maskLock.unlockIrqrestore();
        return ret;
      },

      *irqSuspend(pirq) {
        const { linux, mmio } = final();
        yield* pirq.maskLock.lockIrqsave();
        pirq.state = irqSuspending;
        yield* mmio.write32(pirq.iomem + INT_MASK, 0);
        yield* pirq.maskLock.unlockIrqrestore();
        yield* linux.irqs.synchronizeIrq(pirq.irq);
        yield* pirq.maskLock.lockIrqsave();
        pirq.state = irqSuspended;
        yield* pirq.maskLock.unlockIrqrestore();
      },
    },
  })),
});
