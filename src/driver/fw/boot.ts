// Boot, stop, halt and reset of the MCU, the job interrupt, the watchdog. Kernel: panthor_fw.c.

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { ETIMEDOUT } from "../../machine/errno.ts";
import { K } from "../../timeline/kinds.ts";
import { INT_CLEAR, INT_STAT } from "../device/irq.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as bits from "./iface-bits.ts";
import { PING_INTERVAL_MS } from "./iface-init.ts";
import * as regs from "./regs.ts";

const bootTimeoutMs = 1000;
const stopTimeoutUs = 100_000;
const haltTimeoutUs = 1_000_000;
const pingTimeoutMs = 100;
const statusNames = ["disabled", "enabled", "halt", "fatal"];
const u32Max = 0xffffffff;

export const fwBootOps = (drv: Driver) => ({
  /** panthor_job_irq_handler(). The first global event after a start says that the MCU is up. */
  *jobIrqHandler(ptdev: PanthorDevice, status: number): Kernel<void> {
    const { fw } = ptdev;
    const { linux } = drv;
    const tracing = ptdev.jobIrqTracing;
    const start = tracing ? yield* linux.time.ktimeGet() : 0;

    yield* drv.mmio.write32(fw.irq.iomem + INT_CLEAR, status);
    if (!fw.booted && (status & bits.JOB_INT_GLOBAL_IF) !== 0) fw.booted = true;
    yield* fw.reqWaitqueue.wakeUpAll();
    if (!fw.booted) return;
    yield* drv.sched.reportFwEvents(ptdev, status);

    if (tracing && start !== 0) {
      const { rec } = linux.m;
      const duration = Math.min((yield* linux.time.ktimeGet()) - start, u32Max);
      rec.emit(K.gpu_job_irq, rec.str(ptdev.base.name), status, duration);
    }
  },

  /** panthor_fw_start(). */
  *start(ptdev: PanthorDevice): Kernel<number> {
    const { fw } = ptdev;
    fw.booted = false;
    yield* drv.device.irqEnableEvents(fw.irq, u32Max);
    yield* drv.device.irqResume(fw.irq);
    yield* drv.mmio.write32(regs.MCU_CONTROL, regs.MCU_CONTROL_AUTO);

    const left = yield* fw.reqWaitqueue.waitEventTimeout(
      () => fw.booted,
      drv.linux.time.msecsToJiffies(bootTimeoutMs),
    );
    if (left !== 0 || fw.booted) return 0;
    const stat = yield* drv.mmio.read32(fw.irq.iomem + INT_STAT);
    if ((stat & bits.JOB_INT_GLOBAL_IF) !== 0) return 0;

    const status = yield* drv.mmio.read32(regs.MCU_STATUS);
    yield* ptdev.base.err(`Failed to boot MCU (status=${statusNames[status] ?? "unknown"})`);
    return -ETIMEDOUT;
  },

  /** panthor_fw_stop(). */
  *stop(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.mmio.write32(regs.MCU_CONTROL, regs.MCU_CONTROL_DISABLE);
    const { ret } = yield* drv.linux.time.pollTimeout(
      () => drv.mmio.read32(regs.MCU_STATUS),
      (status: number) => status === regs.MCU_STATUS_DISABLED,
      10,
      stopTimeoutUs,
    );
    if (ret !== 0) yield* ptdev.base.err("Failed to stop MCU");
  },

  /** panthor_fw_mcu_halted(). */
  *mcuHalted(ptdev: PanthorDevice): Atomic<boolean> {
    const halted = (yield* drv.mmio.read32(regs.MCU_STATUS)) === regs.MCU_STATUS_HALT;
    if (!drv.fw.hasGlbState(ptdev)) return halted;
    const { ack } = drv.fw.getGlbIface(ptdev).output;
    return halted && bits.glbStateGet(ack) === bits.GLB_STATE_HALT;
  },

  /** panthor_fw_halt_mcu(). */
  *haltMcu(ptdev: PanthorDevice): Atomic<void> {
    const glb = drv.fw.getGlbIface(ptdev);
    if (drv.fw.hasGlbState(ptdev)) {
      const halt = bits.glbState(bits.GLB_STATE_HALT);
      yield* drv.fw.updateReqs(glb, "req", halt, bits.GLB_STATE_MASK);
    } else {
      yield* drv.fw.updateReqs(glb, "req", bits.GLB_HALT, bits.GLB_HALT);
    }
    yield* drv.fw.ringDoorbell(ptdev, bits.CSF_GLB_DOORBELL_ID);
  },

  /** panthor_fw_wait_mcu_halted(). */
  *waitMcuHalted(ptdev: PanthorDevice): Atomic<boolean> {
    const { ret } = yield* drv.linux.time.pollTimeoutAtomic(
      () => drv.fw.mcuHalted(ptdev),
      (halted: boolean) => halted,
      10,
      haltTimeoutUs,
    );
    if (ret !== 0) yield* ptdev.base.warn("Timed out waiting for MCU to halt");
    return ret === 0;
  },

  /** panthor_fw_mcu_set_active(). */
  *mcuSetActive(ptdev: PanthorDevice): Atomic<void> {
    const glb = drv.fw.getGlbIface(ptdev);
    if (drv.fw.hasGlbState(ptdev)) {
      const active = bits.glbState(bits.GLB_STATE_ACTIVE);
      yield* drv.fw.updateReqs(glb, "req", active, bits.GLB_STATE_MASK);
    } else {
      yield* drv.fw.updateReqs(glb, "req", 0, bits.GLB_HALT);
    }
  },

  /** panthor_fw_pre_reset(). Without a hang the MCU is halted, so that the reset can be fast. */
  *preReset(ptdev: PanthorDevice, onHang: boolean): Kernel<void> {
    const { fw, reset } = ptdev;
    yield* drv.linux.wq.cancelDelayedWorkSync(fw.watchdog.pingWork);
    reset.fast = false;
    if (!onHang) {
      yield* drv.fw.haltMcu(ptdev);
      if (yield* drv.fw.waitMcuHalted(ptdev)) reset.fast = true;
      else yield* ptdev.base.warn("Failed to cleanly suspend MCU");
    }
    yield* drv.device.irqSuspend(fw.irq);
    yield* drv.fw.stop(ptdev);
  },

  /** panthor_fw_post_reset(). A slow reset loads all sections again. */
  *postReset(ptdev: PanthorDevice): Kernel<number> {
    const { reset } = ptdev;
    let ret = yield* drv.mmu.vmActive(drv.fw.vm(ptdev));
    if (ret !== 0) return ret;
    if (reset.fast) yield* drv.fw.mcuSetActive(ptdev);
    else yield* drv.fw.reloadFwSections(ptdev, true);

    ret = yield* drv.fw.start(ptdev);
    if (ret !== 0) {
      yield* ptdev.base.err(`FW ${reset.fast ? "fast" : "slow"} reset failed`);
      return ret;
    }
    yield* drv.fw.initGlobalIface(ptdev);
    return 0;
  },

  /** panthor_fw_suspend(). */
  suspend(ptdev: PanthorDevice): Kernel<void> {
    return drv.fw.preReset(ptdev, false);
  },

  /** panthor_fw_resume(). */
  resume(ptdev: PanthorDevice): Kernel<number> {
    return drv.fw.postReset(ptdev);
  },

  /** panthor_fw_ping_work(): the watchdog. */
  *pingWork(ptdev: PanthorDevice): Kernel<void> {
    if (drv.device.resetIsPending(ptdev)) return;
    const glb = drv.fw.getGlbIface(ptdev);
    yield* drv.fw.toggleReqs(glb, "req", "ack", bits.GLB_PING);
    yield* drv.fw.ringDoorbell(ptdev, bits.CSF_GLB_DOORBELL_ID);
    const { ret } = yield* drv.fw.glbWaitAcks(ptdev, bits.GLB_PING, pingTimeoutMs);
    if (ret !== 0) {
      yield* drv.device.scheduleReset(ptdev);
      yield* ptdev.base.err("FW ping timeout, scheduling a reset");
      return;
    }
    const interval = drv.linux.time.msecsToJiffies(PING_INTERVAL_MS);
    yield* ptdev.reset.wq.modDelayedWork(ptdev.fw.watchdog.pingWork, interval);
  },
});
