// Interrupt blocks: the code that PANTHOR_IRQ_HANDLER() generates for each line, with the
// mask/state protocol of 7.3. Kernel: drivers/gpu/drm/panthor/panthor_device.h.

import { type Atomic, type Kernel } from "../../machine/core/op.ts";
import { ENOMEM, ENXIO } from "../../machine/errno.ts";
import type { IrqReturn } from "../../machine/irq/irqs.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { anyFails } from "../../machine/memory/fail-nth.ts";
import type { Driver } from "../driver.ts";
import { irqActive, irqProcessing, irqSuspended, irqSuspending } from "./types.ts";
import type { IrqState, PanthorDevice, PanthorIrq } from "./types.ts";

/** Registers of a block, from its base. */
export const INT_RAWSTAT = 0x0;
export const INT_CLEAR = 0x4;
export const INT_MASK = 0x8;
export const INT_STAT = 0xc;

/** The handler of a line: called with the pending, enabled events. */
export type PanthorIrqHandler = (ptdev: PanthorDevice, status: number) => Kernel<void>;

/** Which of the probe's look-ups it is: the line of the GPU block is looked up twice. */
type IrqStep = "irq_pwr" | "irq_gpu" | "irq_mmu" | "irq_job";

export const irqOps = (drv: Driver) => ({
  /** atomic_cmpxchg() of a block's state: true if it was `from`. */
  *irqCmpxchgState(pirq: PanthorIrq, from: IrqState, to: IrqState): Atomic<boolean> {
    const { m } = drv.linux;
    yield* m.spend(m.costs.atomic);
    if (pirq.state !== from) return false;
    pirq.state = to;
    return true;
  },

  /** panthor_<name>_irq_raw_handler(). */
  *irqRawHandler(pirq: PanthorIrq): Atomic<IrqReturn> {
    let ret: IrqReturn = "none";
    yield* pirq.maskLock.lockIrqsave();
    if (yield* drv.device.irqCmpxchgState(pirq, irqActive, irqProcessing)) {
      if ((yield* drv.mmio.read32(pirq.iomem + INT_STAT)) === 0) {
        yield* drv.device.irqCmpxchgState(pirq, irqProcessing, irqActive);
      } else {
        yield* drv.mmio.write32(pirq.iomem + INT_MASK, 0);
        ret = "wake_thread";
      }
    }
    yield* pirq.maskLock.unlockIrqrestore();
    return ret;
  },

  /** panthor_<name>_irq_threaded_handler(). */
  *irqThreadedHandler(pirq: PanthorIrq, handler: PanthorIrqHandler): Kernel<IrqReturn> {
    let ret: IrqReturn = "none";
    for (;;) {
      // The mask is read without the lock on purpose: an event that was just added is handled
      // in this round.
      const raw = yield* drv.mmio.read32(pirq.iomem + INT_RAWSTAT);
      const status = (raw & pirq.mask) >>> 0;
      if (status === 0) break;
      yield* handler(pirq.ptdev, status);
      ret = "handled";
    }
    yield* pirq.maskLock.lockIrqsave();
    if (yield* drv.device.irqCmpxchgState(pirq, irqProcessing, irqActive)) {
      yield* drv.mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
    }
    yield* pirq.maskLock.unlockIrqrestore();
    return ret;
  },

  /** panthor_<name>_irq_suspend(). */
  *irqSuspend(pirq: PanthorIrq): Kernel<void> {
    yield* pirq.maskLock.lockIrqsave();
    pirq.state = irqSuspending;
    yield* drv.mmio.write32(pirq.iomem + INT_MASK, 0);
    yield* pirq.maskLock.unlockIrqrestore();
    yield* drv.linux.irqs.synchronizeIrq(pirq.irq);
    pirq.state = irqSuspended;
  },

  /** panthor_<name>_irq_resume(). */
  *irqResume(pirq: PanthorIrq): Atomic<void> {
    yield* pirq.maskLock.lockIrqsave();
    pirq.state = irqActive;
    yield* drv.mmio.write32(pirq.iomem + INT_CLEAR, pirq.mask);
    yield* drv.mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
    yield* pirq.maskLock.unlockIrqrestore();
  },

  /** The panthor_irq that panthor_request_<name>_irq() fills in. */
  newIrq(ptdev: PanthorDevice, name: PanthorIrq["name"], irq: number, iomem: number): PanthorIrq {
    const maskLock = new SpinLock(drv.linux.m, `panthor_irq.mask_lock`);
    return { name, ptdev, iomem, irq, mask: 0, maskLock, state: irqSuspended };
  },

  /** platform_get_irq_byname(): the interrupt, or a negative errno. */
  *getIrqByName(ptdev: PanthorDevice, name: "gpu" | "mmu" | "job", step: IrqStep): Kernel<number> {
    const { base, pdev } = ptdev;
    const irq = pdev.failures.take(drv.linux.m.rec, step) || (pdev.irqs[name] ?? -ENXIO);
    return irq < 0 ? yield* base.errProbe(irq, `IRQ ${name} not found`) : irq;
  },

  /** panthor_request_<name>_irq(). */
  *requestIrq(pirq: PanthorIrq, handler: PanthorIrqHandler): Kernel<number> {
    yield* drv.mmio.write32(pirq.iomem + INT_MASK, 0);
    // What devm_request_threaded_irq() allocates: devres, irqaction, and for kthread_create().
    const { memory } = drv.linux;
    if (anyFails(memory, 3)) return -ENOMEM;
    const { base, devm, pdev } = pirq.ptdev;
    const name = `panthor-${pirq.name}`;
    let ret = pdev.failures.take(drv.linux.m.rec, `request_irq_${pirq.name}`);
    if (ret !== 0) {
      // devm_request_result().
      const fn = `panthor_${pirq.name}_irq`;
      const handlers = `${fn}_raw_handler ${fn}_threaded_handler`;
      return yield* base.errProbe(ret, `request_irq(${pirq.irq}) ${handlers} ${name}`);
    }
    ret = yield* drv.linux.irqs.requestThreadedIrq({
      irq: pirq.irq,
      name,
      handler: () => drv.device.irqRawHandler(pirq),
      threadFn: () => drv.device.irqThreadedHandler(pirq, handler),
      shared: true,
      devId: pirq,
    });
    if (ret !== 0) return ret;
    devm.push(() => drv.linux.irqs.freeIrq(pirq.irq, pirq));
    return 0;
  },

  /** panthor_<name>_irq_enable_events(). Written at once only while active; else at resume. */
  *irqEnableEvents(pirq: PanthorIrq, mask: number): Atomic<void> {
    yield* pirq.maskLock.lockIrqsave();
    pirq.mask = (pirq.mask | mask) >>> 0;
    if (pirq.state === irqActive) {
      yield* drv.mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
    }
    yield* pirq.maskLock.unlockIrqrestore();
  },

  /** panthor_<name>_irq_disable_events(). */
  *irqDisableEvents(pirq: PanthorIrq, mask: number): Atomic<void> {
    yield* pirq.maskLock.lockIrqsave();
    pirq.mask = (pirq.mask & ~mask) >>> 0;
    if (pirq.state === irqActive) {
      yield* drv.mmio.write32(pirq.iomem + INT_MASK, pirq.mask);
    }
    yield* pirq.maskLock.unlockIrqrestore();
  },
});
