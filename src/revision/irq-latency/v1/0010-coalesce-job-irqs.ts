// Job interrupts are coalesced. Dropped in v2; the design was not recovered. The candidate modelled
// here: an interrupt closes the line and starts a window; what has come when it ends is processed in
// the timer's hard interrupt, and the line opens again. Fewer interrupts, and a completion on its
// own waits for the whole window, which works against the purpose of the series (IRQ-13).

import { INT_MASK, INT_RAWSTAT, INT_STAT } from "../../../driver/device/irq.ts";
import type { PanthorIrqHandler } from "../../../driver/device/irq.ts";
import { irqActive, type PanthorIrq } from "../../../driver/device/types.ts";
import type { Driver } from "../../../driver/driver.ts";
import type { Atomic, Kernel } from "../../../machine/core/op.ts";
import { ENOMEM } from "../../../machine/errno.ts";
import type { IrqReturn } from "../../../machine/irq/irqs.ts";
import { HrTimer } from "../../../machine/time/hrtimer.ts";
import { overlay, patch } from "../../patch.ts";

/** Not recovered; of the order of a job that is worth coalescing. */
export const coalescingWindowNs = 40_000;

export const coalesceJobIrqs = patch({
  id: "irq-latency/v1-0010",
  title: "Coalesce job interrupts (v1)",
  source: "v1 10/10, candidate: the design was not recovered",
  observable: "fewer job interrupts; a completion on its own is signalled a window later",
  overlay: overlay((final, prev) => ({
    device: {
      *requestIrq(pirq, handler) {
        if (pirq.name !== "job") return yield* prev.device.requestIrq(pirq, handler);
        const { irqs, memory, time } = final().linux;
        yield* final().mmio.write32(pirq.iomem + INT_MASK, 0);
        if (memory.failsNow()) return -ENOMEM;
        const end = new HrTimer(time.hrtimers, "panthor_job_irq_coalesce", () =>
          endOfWindow(final(), pirq, handler),
        );
        const ret = yield* irqs.requestThreadedIrq({
          irq: pirq.irq,
          name: `panthor-${pirq.name}`,
          handler: () => openWindow(final(), pirq, end),
          threadFn: nothing,
          shared: true,
          devId: pirq,
        });
        if (ret !== 0) return ret;
        pirq.ptdev.devm.push(() => irqs.freeIrq(pirq.irq, pirq));
        return 0;
      },
    },
  })),
});

function* openWindow({ linux, mmio }: Driver, pirq: PanthorIrq, end: HrTimer): Atomic<IrqReturn> {
  let ret: IrqReturn = "none";
  yield* pirq.maskLock.lockIrqsave();
  if (pirq.state === irqActive && (yield* mmio.read32(pirq.iomem + INT_STAT)) !== 0) {
    yield* mmio.write32(pirq.iomem + INT_MASK, 0);
    end.start(linux.time.clock.now + coalescingWindowNs);
    ret = "handled";
  }
  yield* pirq.maskLock.unlockIrqrestore();
  return ret;
}

function* endOfWindow(
  { mmio }: Driver,
  pirq: PanthorIrq,
  handler: PanthorIrqHandler,
): Atomic<void> {
  let status = 0;
  yield* pirq.maskLock.lockIrqsave();
  // Suspended meanwhile: the resume opens the line.
  const active = pirq.state === irqActive;
  if (active) status = ((yield* mmio.read32(pirq.iomem + INT_RAWSTAT)) & pirq.mask) >>> 0;
  yield* pirq.maskLock.unlockIrqrestore();
  if (!active) return;
  // Nothing in it sleeps: see raw-line.ts.
  if (status !== 0) yield* handler(pirq.ptdev, status) as Atomic<void>;
  yield* pirq.maskLock.lockIrqsave();
  if (pirq.state === irqActive) yield* mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
  yield* pirq.maskLock.unlockIrqrestore();
}

function* nothing(): Kernel<IrqReturn> {
  return "handled";
}
