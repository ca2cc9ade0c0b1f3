// L2 power, suspend and resume of the GPU control block, counters. Kernel: panthor_gpu.c.
// The driver only powers the L2; the firmware does the other blocks.

import type { Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as regs from "./regs.ts";

const l2PowerTimeoutUs = 20000;
const pollUs = 100;

export const gpuPowerOps = (drv: Driver) => ({
  /** panthor_gpu_coherency_set(). */
  *coherencySet(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.mmio.write32(regs.GPU_COHERENCY_PROTOCOL, ptdev.gpuInfo.selectedCoherency);
  },

  /** panthor_gpu_l2_config_set(). */
  *l2ConfigSet(ptdev: PanthorDevice): Kernel<void> {
    const data = ptdev.socData;
    if (data === null || !data.asnHashEnable) return;
    if (regs.gpuArchMajor(ptdev.gpuInfo.gpuId) < 11) {
      yield* ptdev.base.err("Custom ASN hash not supported by the device");
      return;
    }
    for (let i = 0; i < data.asnHash.length; i++) {
      yield* drv.mmio.write32(regs.gpuAsnHash(i), data.asnHash[i]);
    }
    const config = yield* drv.mmio.read32(regs.GPU_L2_CONFIG);
    yield* drv.mmio.write32(regs.GPU_L2_CONFIG, config | regs.GPU_L2_CONFIG_ASN_HASH_ENABLE);
  },

  /** panthor_gpu_block_power_off(). */
  *blockPowerOff(
    ptdev: PanthorDevice,
    name: string,
    pwroffReg: number,
    pwrtransReg: number,
    mask: bigint,
    timeoutUs: number,
  ): Kernel<number> {
    let ret = yield* drv.gpu.waitTransition(ptdev, name, pwrtransReg, mask, timeoutUs);
    if (ret !== 0) return ret;
    yield* drv.mmio.write64(pwroffReg, mask);
    ret = yield* drv.gpu.waitTransition(ptdev, name, pwrtransReg, mask, timeoutUs);
    return ret;
  },

  /** The wait on PWRTRANS that both directions share. The value is a u32 in C. */
  *waitTransition(
    ptdev: PanthorDevice,
    name: string,
    pwrtransReg: number,
    mask: bigint,
    timeoutUs: number,
  ): Kernel<number> {
    const { ret } = yield* drv.linux.time.pollTimeout(
      () => drv.mmio.read64Relaxed(pwrtransReg),
      (val: bigint) => (mask & BigInt.asUintN(32, val)) === 0n,
      pollUs,
      timeoutUs,
    );
    if (ret !== 0) {
      yield* ptdev.base.err(`timeout waiting on ${name}:${mask.toString(16)} power transition`);
    }
    return ret;
  },

  /**
   * panthor_gpu_block_power_on(). The condition of the wait holds for a block that is still off
   * (`(mask & 0) == 0`), so it does not wait; the recordings show one read.
   */
  *blockPowerOn(
    ptdev: PanthorDevice,
    name: string,
    pwronReg: number,
    pwrtransReg: number,
    rdyReg: number,
    mask: bigint,
    timeoutUs: number,
  ): Kernel<number> {
    let ret = yield* drv.gpu.waitTransition(ptdev, name, pwrtransReg, mask, timeoutUs);
    if (ret !== 0) return ret;
    yield* drv.mmio.write64(pwronReg, mask);
    ({ ret } = yield* drv.linux.time.pollTimeout(
      () => drv.mmio.read64Relaxed(rdyReg),
      (val: bigint) => (mask & BigInt.asUintN(32, val)) === BigInt.asUintN(32, val),
      pollUs,
      timeoutUs,
    ));
    if (ret !== 0)
      yield* ptdev.base.err(`timeout waiting on ${name}:${mask.toString(16)} readiness`);
    return ret;
  },

  /** panthor_gpu_l2_power_off(). */
  *l2PowerOff(ptdev: PanthorDevice): Kernel<void> {
    const mask = ptdev.gpuInfo.l2Present;
    yield* drv.gpu.blockPowerOff(
      ptdev,
      "L2",
      regs.L2_PWROFF,
      regs.L2_PWRTRANS,
      mask,
      l2PowerTimeoutUs,
    );
  },

  /** panthor_gpu_l2_power_on(). */
  *l2PowerOn(ptdev: PanthorDevice): Kernel<number> {
    const { l2Present, shaderPresent } = ptdev.gpuInfo;
    if (l2Present !== 1n) {
      const coreMask = BigInt.asUintN(64, ~(l2Present - 1n) & (l2Present - 2n));
      const cores = `${hweight64(coreMask)} cores from ${hweight64(shaderPresent)}`;
      yield* ptdev.base.infoOnce(`using only 1st core group (${cores})`);
    }
    yield* drv.gpu.coherencySet(ptdev);
    yield* drv.gpu.l2ConfigSet(ptdev);
    return yield* drv.gpu.blockPowerOn(
      ptdev,
      "L2",
      regs.L2_PWRON,
      regs.L2_PWRTRANS,
      regs.L2_READY,
      1n,
      l2PowerTimeoutUs,
    );
  },

  /** panthor_gpu_suspend(): last, after the other blocks. */
  *suspend(ptdev: PanthorDevice): Kernel<void> {
    if (!ptdev.reset.fast) yield* drv.hw.softReset(ptdev);
    else yield* drv.hw.l2PowerOff(ptdev);
    yield* drv.device.irqSuspend(ptdev.gpu.irq);
  },

  /** panthor_gpu_resume(). */
  *resume(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.device.irqResume(ptdev.gpu.irq);
    yield* drv.hw.l2PowerOn(ptdev);
  },

  /** gpu_read64_counter(): high word read twice. */
  getTimestamp(_ptdev: PanthorDevice): Kernel<bigint> {
    return drv.mmio.read64HiLoHi(regs.GPU_TIMESTAMP);
  },

  /** panthor_gpu_get_timestamp_offset(). */
  getTimestampOffset(_ptdev: PanthorDevice): Kernel<bigint> {
    return drv.mmio.read64(regs.GPU_TIMESTAMP_OFFSET);
  },

  /** panthor_gpu_get_cycle_count(). */
  getCycleCount(_ptdev: PanthorDevice): Kernel<bigint> {
    return drv.mmio.read64HiLoHi(regs.GPU_CYCLE_COUNT);
  },
});

function hweight64(mask: bigint): number {
  let n = 0;
  for (let m = mask; m !== 0n; m &= m - 1n) n++;
  return n;
}
