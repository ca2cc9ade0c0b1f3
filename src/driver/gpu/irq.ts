// GPU interrupt line, init and unplug of the GPU control block. Kernel: panthor_gpu.c.

import type { Kernel } from "../../machine/core/op.ts";
import { ENOMEM, ENOTSUPP } from "../../machine/errno.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { WaitQueue } from "../../machine/wait/wait-queue.ts";
import { K } from "../../timeline/kinds.ts";
import { INT_CLEAR } from "../device/irq.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as regs from "./regs.ts";

const GPU_INTERRUPTS_MASK =
  regs.GPU_IRQ_FAULT |
  regs.GPU_IRQ_PROTM_FAULT |
  regs.GPU_IRQ_RESET_COMPLETED |
  regs.GPU_IRQ_CLEAN_CACHES_COMPLETED;

const GPU_POWER_INTERRUPTS_MASK = regs.GPU_IRQ_POWER_CHANGED | regs.GPU_IRQ_POWER_CHANGED_ALL;

const hex = (v: number | bigint, digits: number): string =>
  `0x${v.toString(16).padStart(digits, "0")}`;

export const gpuIrqOps = (drv: Driver) => ({
  /** panthor_gpu_irq_handler(). */
  *irqHandler(ptdev: PanthorDevice, status: number): Kernel<void> {
    const { mmio } = drv;
    const { gpu } = ptdev;
    yield* mmio.write32(gpu.irq.iomem + INT_CLEAR, status);

    if (ptdev.powerTracing && (status & GPU_POWER_INTERRUPTS_MASK) !== 0) {
      yield* drv.gpu.tracePowerStatus(ptdev);
    }
    if ((status & regs.GPU_IRQ_FAULT) !== 0) {
      const faultStatus = yield* mmio.read32(regs.GPU_FAULT_STATUS);
      const address = yield* mmio.read64(regs.GPU_FAULT_ADDR);
      const name = drv.device.exceptionName(faultStatus & 0xff);
      yield* ptdev.base.warn(`GPU Fault ${hex(faultStatus, 8)} (${name}) at ${hex(address, 16)}`);
    }
    if ((status & regs.GPU_IRQ_PROTM_FAULT) !== 0) {
      yield* ptdev.base.warn("GPU Fault in protected mode");
    }

    yield* gpu.reqsLock.lock();
    if ((status & gpu.pendingReqs) !== 0) {
      gpu.pendingReqs &= ~status;
      yield* gpu.reqsAcked.wakeUpAll();
    }
    yield* gpu.reqsLock.unlock();
  },

  /** trace_gpu_power_status(). */
  *tracePowerStatus(ptdev: PanthorDevice): Kernel<void> {
    const { rec } = drv.linux.m;
    const shader = yield* drv.mmio.read64(regs.SHADER_READY);
    const tiler = yield* drv.mmio.read64(regs.TILER_READY);
    const l2 = yield* drv.mmio.read64(regs.L2_READY);
    const dev = rec.str(ptdev.base.name);
    rec.emit(K.gpu_power_status, dev, Number(shader), Number(tiler), Number(l2));
  },

  /** panthor_gpu_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { m } = drv.linux;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    let ret = ptdev.pdev.failures.take(m.rec, "dma_mask");
    if (ret !== 0) return ret;
    const irq = yield* drv.device.getIrqByName(ptdev, "gpu", "irq_gpu");
    if (irq < 0) return irq;
    ptdev.gpu = {
      irq: drv.device.newIrq(ptdev, "gpu", irq, regs.GPU_INT_BASE),
      reqsLock: new SpinLock(m, "panthor_gpu.reqs_lock"),
      pendingReqs: 0,
      reqsAcked: new WaitQueue(m, "panthor_gpu.reqs_acked"),
      cacheFlushLock: new Mutex(m, "panthor_gpu.cache_flush_lock"),
    };
    ret = yield* drv.device.requestIrq(ptdev.gpu.irq, (dev, status) =>
      drv.gpu.irqHandler(dev, status),
    );
    if (ret !== 0) return ret;
    yield* drv.device.irqEnableEvents(ptdev.gpu.irq, GPU_INTERRUPTS_MASK);
    yield* drv.device.irqResume(ptdev.gpu.irq);
    return 0;
  },

  /** panthor_gpu_unplug(). */
  *unplug(ptdev: PanthorDevice): Kernel<void> {
    const { gpu, pmRuntime } = ptdev;
    if (pmRuntime.active) yield* drv.device.irqSuspend(gpu.irq);
    yield* gpu.reqsLock.lockIrqsave();
    gpu.pendingReqs = 0;
    yield* gpu.reqsAcked.wakeUpAll();
    yield* gpu.reqsLock.unlockIrqrestore();
  },

  /** panthor_gpu_power_changed_on(): with the device resumed for the duration. */
  *powerChangedOn(ptdev: PanthorDevice): Kernel<number> {
    yield* ptdev.pmRuntime.getSync();
    yield* drv.device.irqEnableEvents(ptdev.gpu.irq, GPU_POWER_INTERRUPTS_MASK);
    yield* ptdev.pmRuntime.put();
    return 0;
  },

  /** panthor_gpu_power_changed_off(). */
  *powerChangedOff(ptdev: PanthorDevice): Kernel<void> {
    yield* ptdev.pmRuntime.getSync();
    yield* drv.device.irqDisableEvents(ptdev.gpu.irq, GPU_POWER_INTERRUPTS_MASK);
    yield* ptdev.pmRuntime.put();
  },

  /** panthor_gpu_coherency_init(). */
  *coherencyInit(ptdev: PanthorDevice): Kernel<number> {
    const info = ptdev.gpuInfo;
    info.selectedCoherency = regs.GPU_COHERENCY_NONE;
    ptdev.coherent = ptdev.pdev.dmaCoherent;
    if (!ptdev.coherent) return 0;
    // Command stream GPUs never supported full ACE.
    const features = yield* drv.mmio.read32(regs.GPU_COHERENCY_FEATURES);
    if ((features & (1 << regs.GPU_COHERENCY_ACE_LITE)) !== 0) {
      info.selectedCoherency = regs.GPU_COHERENCY_ACE_LITE;
      return 0;
    }
    yield* ptdev.base.err("Coherency not supported by the device");
    return -ENOTSUPP;
  },
});
