// A line whose interrupts are handled wholly in hard interrupt context: no thread, and INT_MASK is
// left alone, since nothing is deferred. On a kernel with forced threading the handler moves to
// the line's thread. What v2 adds to the interrupt helpers in patch 4 and uses in patches 9 to 11.

import { INT_MASK, INT_STAT, type PanthorIrqHandler } from "../../../driver/device/irq.ts";
import { irqActive, type PanthorIrq } from "../../../driver/device/types.ts";
import type { Driver, Overlay } from "../../../driver/driver.ts";
import type { Atomic, Kernel } from "../../../machine/core/op.ts";
import { ENOMEM } from "../../../machine/errno.ts";
import type { IrqReturn } from "../../../machine/irq/irqs.ts";
import { overlay } from "../../patch.ts";

/** The raw handler: the block's lock covers the look at the state and at INT_STAT only. */
export function* handleInHardirq(
  drv: Driver,
  pirq: PanthorIrq,
  handler: PanthorIrqHandler,
): Atomic<IrqReturn> {
  let status = 0;
  yield* pirq.maskLock.lockIrqsave();
  if (pirq.state === irqActive) status = yield* drv.mmio.read32(pirq.iomem + INT_STAT);
  yield* pirq.maskLock.unlockIrqrestore();
  if (status === 0) return "none";
  yield* withoutSleep(handler(pirq.ptdev, status));
  return "handled";
}

/** The handlers are declared as ones that may sleep; those of raw lines do not. */
function withoutSleep(body: Kernel<void>): Atomic<void> {
  return body as Atomic<void>;
}

export interface RawLineOptions {
  /** A thread function that does nothing, as v1 needed one. */
  readonly dummyThread?: boolean;
}

/** An overlay that requests `line` without a thread. */
export const rawLineOverlay = (line: PanthorIrq["name"], options: RawLineOptions = {}): Overlay =>
  overlay((final, prev) => ({
    device: {
      *requestIrq(pirq, handler) {
        if (pirq.name !== line) return yield* prev.device.requestIrq(pirq, handler);
        const { irqs, memory } = final().linux;
        yield* final().mmio.write32(pirq.iomem + INT_MASK, 0);
        if (memory.failsNow()) return -ENOMEM;
        const ret = yield* irqs.requestThreadedIrq({
          irq: pirq.irq,
          name: `panthor-${pirq.name}`,
          handler: () => handleInHardirq(final(), pirq, handler),
          threadFn: options.dummyThread === true ? nothing : null,
          shared: true,
          devId: pirq,
        });
        if (ret !== 0) return ret;
        pirq.ptdev.devm.push(() => irqs.freeIrq(pirq.irq, pirq));
        return 0;
      },
    },
  }));

function* nothing(): Kernel<IrqReturn> {
  return "handled";
}
