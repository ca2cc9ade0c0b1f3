// The interrupt helpers written out in line: one function for both changes of the mask, the
// states handled where they occur.

import { INT_CLEAR, INT_MASK, INT_RAWSTAT, INT_STAT } from "../../driver/device/irq.ts";
import {
  irqActive,
  irqProcessing,
  irqSuspended,
  irqSuspending,
} from "../../driver/device/types.ts";
import type { PanthorIrq } from "../../driver/device/types.ts";
import type { Atomic } from "../../machine/core/op.ts";
import { overlay } from "../patch.ts";
import { control } from "./control.ts";

export const controlIrqHelpers = control(
  "irq-helpers",
  "IRQ helpers are inlined",
  overlay((final) => {
    function* setMask(pirq: PanthorIrq, mask: number): Atomic<void> {
      yield* pirq.maskLock.lockIrqsave();
      pirq.mask = mask >>> 0;
      const live = pirq.state === irqActive;
      if (live) yield* final().mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
      yield* pirq.maskLock.unlockIrqrestore();
    }
    return {
      device: {
        *irqRawHandler(pirq) {
          const { device, mmio } = final();
          yield* pirq.maskLock.lockIrqsave();
          let mine = yield* device.irqCmpxchgState(pirq, irqActive, irqProcessing);
          if (mine) {
            mine = (yield* mmio.read32(pirq.iomem + INT_STAT)) !== 0;
            if (mine) yield* mmio.write32(pirq.iomem + INT_MASK, 0);
            else yield* device.irqCmpxchgState(pirq, irqProcessing, irqActive);
          }
          yield* pirq.maskLock.unlockIrqrestore();
          return mine ? "wake_thread" : "none";
        },

        *irqThreadedHandler(pirq, handler) {
          const { device, mmio } = final();
          let handled = false;
          let raw = yield* mmio.read32(pirq.iomem + INT_RAWSTAT);
          while ((raw & pirq.mask) !== 0) {
            handled = true;
            yield* handler(pirq.ptdev, (raw & pirq.mask) >>> 0);
            raw = yield* mmio.read32(pirq.iomem + INT_RAWSTAT);
          }
          yield* pirq.maskLock.lockIrqsave();
          if (yield* device.irqCmpxchgState(pirq, irqProcessing, irqActive)) {
            yield* mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
          }
          yield* pirq.maskLock.unlockIrqrestore();
          return handled ? "handled" : "none";
        },

        *irqSuspend(pirq) {
          const { linux, mmio } = final();
          yield* pirq.maskLock.lockIrqsave();
          pirq.state = irqSuspending;
          yield* mmio.write32(pirq.iomem + INT_MASK, 0);
          yield* pirq.maskLock.unlockIrqrestore();
          yield* linux.irqs.synchronizeIrq(pirq.irq);
          pirq.state = irqSuspended;
        },

        *irqResume(pirq) {
          const { mmio } = final();
          yield* pirq.maskLock.lockIrqsave();
          pirq.state = irqActive;
          for (const register of [INT_CLEAR, INT_MASK]) {
            yield* mmio.write32(pirq.iomem + register, pirq.mask);
          }
          yield* pirq.maskLock.unlockIrqrestore();
        },

        irqEnableEvents: (pirq, mask) => setMask(pirq, pirq.mask | mask),
        irqDisableEvents: (pirq, mask) => setMask(pirq, pirq.mask & ~mask),
      },
    };
  }),
);
