// Requests to the GPU control block: cache flush, soft reset. Kernel: panthor_gpu.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EIO, ETIMEDOUT } from "../../machine/errno.ts";
import { INT_CLEAR, INT_RAWSTAT } from "../device/irq.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as regs from "./regs.ts";

const requestTimeoutMs = 100;

export const gpuRequestOps = (drv: Driver) => ({
  /** panthor_gpu_flush_caches(). */
  *flushCaches(ptdev: PanthorDevice, l2: number, lsc: number, other: number): Kernel<number> {
    const { gpu } = ptdev;
    yield* gpu.cacheFlushLock.lock();
    const ret = yield* drv.gpu.flushCachesLocked(ptdev, regs.gpuFlushCaches(l2, lsc, other));
    yield* gpu.cacheFlushLock.unlock();
    return ret;
  },

  /** The part of panthor_gpu_flush_caches() under cache_flush_lock. */
  *flushCachesLocked(ptdev: PanthorDevice, command: number): Kernel<number> {
    const { gpu } = ptdev;
    const done = regs.GPU_IRQ_CLEAN_CACHES_COMPLETED;
    let ret = 0;

    yield* gpu.reqsLock.lockIrqsave();
    if ((gpu.pendingReqs & done) === 0) {
      gpu.pendingReqs |= done;
      yield* drv.mmio.write32(regs.GPU_CMD, command);
    } else {
      ret = -EIO;
    }
    yield* gpu.reqsLock.unlockIrqrestore();
    if (ret !== 0) return ret;

    if (!(yield* drv.gpu.waitRequest(ptdev, done))) ret = -ETIMEDOUT;
    if (ret !== 0) {
      yield* drv.device.scheduleReset(ptdev);
      yield* ptdev.base.err("Flush caches timeout");
    }
    return ret;
  },

  /**
   * Waits for a request bit to be cleared by the interrupt handler; after the timeout a bit raised
   * in RAWSTAT counts too. False: timed out.
   */
  *waitRequest(ptdev: PanthorDevice, bit: number): Kernel<boolean> {
    const { gpu } = ptdev;
    const { time } = drv.linux;
    const left = yield* gpu.reqsAcked.waitEventTimeout(
      () => (gpu.pendingReqs & bit) === 0,
      time.msecsToJiffies(requestTimeoutMs),
    );
    if (left !== 0) return true;
    let timedOut = false;
    yield* gpu.reqsLock.lockIrqsave();
    if (
      (gpu.pendingReqs & bit) !== 0 &&
      ((yield* drv.mmio.read32(gpu.irq.iomem + INT_RAWSTAT)) & bit) === 0
    ) {
      timedOut = true;
    } else {
      gpu.pendingReqs &= ~bit;
    }
    yield* gpu.reqsLock.unlockIrqrestore();
    return !timedOut;
  },

  /** panthor_gpu_soft_reset(). */
  *softReset(ptdev: PanthorDevice): Kernel<number> {
    const { base, gpu } = ptdev;
    const done = regs.GPU_IRQ_RESET_COMPLETED;

    yield* gpu.reqsLock.lockIrqsave();
    const pending = (gpu.pendingReqs & done) !== 0;
    if (!base.warnOn(pending, "ptdev->gpu->pending_reqs & GPU_IRQ_RESET_COMPLETED")) {
      gpu.pendingReqs |= done;
      yield* drv.mmio.write32(gpu.irq.iomem + INT_CLEAR, done);
      yield* drv.mmio.write32(regs.GPU_CMD, regs.GPU_SOFT_RESET);
    }
    yield* gpu.reqsLock.unlockIrqrestore();

    if (!(yield* drv.gpu.waitRequest(ptdev, done))) {
      yield* base.err("Soft reset timeout");
      return -ETIMEDOUT;
    }
    gpu.pendingReqs = 0;
    return 0;
  },
});
