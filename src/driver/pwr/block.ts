// Power control block: interrupt, reset, init, suspend, unplug. Kernel: panthor_pwr.c.

import type { Kernel } from "../../machine/core/op.ts";
import { ENOMEM, EOPNOTSUPP, ETIMEDOUT } from "../../machine/errno.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { WaitQueue } from "../../machine/wait/wait-queue.ts";
import { INT_CLEAR, INT_RAWSTAT } from "../device/irq.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as regs from "./regs.ts";

const PWR_INTERRUPTS_MASK =
  (regs.PWR_IRQ_POWER_CHANGED_SINGLE |
    regs.PWR_IRQ_POWER_CHANGED_ALL |
    regs.PWR_IRQ_DELEGATION_CHANGED |
    regs.PWR_IRQ_RESET_COMPLETED |
    regs.PWR_IRQ_RETRACT_COMPLETED |
    regs.PWR_IRQ_INSPECT_COMPLETED |
    regs.PWR_IRQ_COMMAND_NOT_ALLOWED |
    regs.PWR_IRQ_COMMAND_INVALID) >>>
  0;

const resetTimeoutMs = 500;

export const pwrBlockOps = (drv: Driver) => ({
  /** panthor_pwr_irq_handler(). */
  *irqHandler(ptdev: PanthorDevice, status: number): Kernel<void> {
    const pwr = ptdev.pwr!;
    yield* pwr.reqsLock.lock();
    yield* drv.mmio.write32(pwr.irq.iomem + INT_CLEAR, status);
    if ((status & regs.PWR_IRQ_COMMAND_NOT_ALLOWED) !== 0) {
      yield* ptdev.base.err("PWR_IRQ: COMMAND_NOT_ALLOWED");
    }
    if ((status & regs.PWR_IRQ_COMMAND_INVALID) !== 0) {
      yield* ptdev.base.err("PWR_IRQ: COMMAND_INVALID");
    }
    if ((status & pwr.pendingReqs) !== 0) {
      pwr.pendingReqs &= ~status;
      yield* pwr.reqsAcked.wakeUpAll();
    }
    yield* pwr.reqsLock.unlock();
  },

  /** panthor_pwr_write_command(). */
  *writeCommand(_ptdev: PanthorDevice, command: number, args: bigint): Kernel<void> {
    if (args !== 0n) yield* drv.mmio.write64(regs.PWR_CMDARG, args);
    yield* drv.mmio.write32(regs.PWR_COMMAND, command);
  },

  /** reset_pending(). */
  resetPending(ptdev: PanthorDevice): boolean {
    return (ptdev.pwr!.pendingReqs & regs.PWR_IRQ_RESET_COMPLETED) !== 0;
  },

  /** panthor_pwr_reset(). */
  *reset(ptdev: PanthorDevice, command: number): Kernel<number> {
    const pwr = ptdev.pwr!;
    const bit = regs.PWR_IRQ_RESET_COMPLETED;
    yield* pwr.reqsLock.lockIrqsave();
    if (!ptdev.base.warnOn(drv.pwr.resetPending(ptdev), "Reset already pending")) {
      pwr.pendingReqs |= bit;
      yield* drv.mmio.write32(pwr.irq.iomem + INT_CLEAR, bit);
      yield* drv.pwr.writeCommand(ptdev, command, 0n);
    }
    yield* pwr.reqsLock.unlockIrqrestore();

    const { time } = drv.linux;
    const left = yield* pwr.reqsAcked.waitEventTimeout(
      () => !drv.pwr.resetPending(ptdev),
      time.msecsToJiffies(resetTimeoutMs),
    );
    if (left !== 0) return 0;

    let ret = 0;
    yield* pwr.reqsLock.lockIrqsave();
    if (
      drv.pwr.resetPending(ptdev) &&
      ((yield* drv.mmio.read32(pwr.irq.iomem + INT_RAWSTAT)) & bit) === 0
    ) {
      yield* ptdev.base.err(`RESET timed out (0x${command.toString(16)})`);
      ret = -ETIMEDOUT;
    } else {
      pwr.pendingReqs &= ~bit;
    }
    yield* pwr.reqsLock.unlockIrqrestore();
    return ret;
  },

  /** panthor_pwr_reset_soft(). */
  *resetSoft(ptdev: PanthorDevice): Kernel<number> {
    const status = yield* drv.mmio.read64(regs.PWR_STATUS);
    if ((status & regs.PWR_STATUS_ALLOW_SOFT_RESET) === 0n) {
      yield* ptdev.base.err("RESET_SOFT not allowed");
      return -EOPNOTSUPP;
    }
    return yield* drv.pwr.reset(ptdev, regs.PWR_COMMAND_RESET_SOFT);
  },

  /** panthor_pwr_init(). Its interrupt shares the line of the GPU block. */
  *init(ptdev: PanthorDevice): Kernel<number> {
    if (!drv.hw.hasPwrCtrl(ptdev)) return 0;
    const { m } = drv.linux;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const irq = yield* drv.device.getIrqByName(ptdev, "gpu", "irq_pwr");
    if (irq < 0) return irq;
    const pwr = {
      irq: drv.device.newIrq(ptdev, "pwr", irq, regs.PWR_INT_BASE),
      reqsLock: new SpinLock(m, "panthor_pwr.reqs_lock"),
      pendingReqs: 0,
      reqsAcked: new WaitQueue(m, "panthor_pwr.reqs_acked"),
    };
    ptdev.pwr = pwr;
    const ret = yield* drv.device.requestIrq(pwr.irq, (dev, status) =>
      drv.pwr.irqHandler(dev, status),
    );
    if (ret !== 0) return ret;
    yield* drv.device.irqEnableEvents(pwr.irq, PWR_INTERRUPTS_MASK);
    yield* drv.device.irqResume(pwr.irq);
    return 0;
  },

  /** panthor_pwr_unplug(). */
  *unplug(ptdev: PanthorDevice): Kernel<void> {
    const { pmRuntime, pwr } = ptdev;
    if (pwr === null) return;
    if (pmRuntime.active) yield* drv.device.irqSuspend(pwr.irq);
    yield* pwr.reqsLock.lockIrqsave();
    pwr.pendingReqs = 0;
    yield* pwr.reqsAcked.wakeUpAll();
    yield* pwr.reqsLock.unlockIrqrestore();
  },

  /** panthor_pwr_suspend(). */
  *suspend(ptdev: PanthorDevice): Kernel<void> {
    if (ptdev.pwr !== null) yield* drv.device.irqSuspend(ptdev.pwr.irq);
  },

  /** panthor_pwr_resume(). */
  *resume(ptdev: PanthorDevice): Kernel<void> {
    if (ptdev.pwr !== null) yield* drv.device.irqResume(ptdev.pwr.irq);
  },
});
