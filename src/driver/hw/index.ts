// Choice of the hardware operations and identification of the GPU. Kernel: panthor_hw.c,
// panthor_hw.h.

import { done, type Kernel } from "../../machine/core/op.ts";
import { ENOENT, EOPNOTSUPP, ENXIO } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as regs from "../gpu/regs.ts";
import { PWR_L2_PRESENT, PWR_SHADER_PRESENT, PWR_TILER_PRESENT } from "../pwr/regs.ts";
import { gpuModelName } from "./model-name.ts";
import type { PanthorHw } from "./types.ts";

const hex = (v: number | bigint): string => `0x${v.toString(16)}`;

export const hwOps = (drv: Driver) => ({
  /** panthor_hw_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    let ret = yield* drv.hw.gpuIdInit(ptdev);
    if (ret !== 0) return ret;
    ret = drv.hw.bindDevice(ptdev);
    if (ret !== 0) return ret;
    return yield* drv.hw.infoInit(ptdev);
  },

  /** panthor_hw_gpu_id_init(). */
  *gpuIdInit(ptdev: PanthorDevice): Kernel<number> {
    ptdev.gpuInfo.gpuId = yield* drv.mmio.read32(regs.GPU_ID);
    return ptdev.gpuInfo.gpuId === 0 ? -ENXIO : 0;
  },

  /** panthor_hw_arch_v10. */
  archV10(): PanthorHw {
    return {
      ops: {
        softReset: (ptdev) => drv.gpu.softReset(ptdev),
        l2PowerOff: (ptdev) => drv.gpu.l2PowerOff(ptdev),
        l2PowerOn: (ptdev) => drv.gpu.l2PowerOn(ptdev),
        powerChangedOn: (ptdev) => drv.gpu.powerChangedOn(ptdev),
        powerChangedOff: (ptdev) => drv.gpu.powerChangedOff(ptdev),
      },
    };
  },

  /** panthor_hw_arch_v14. */
  archV14(): PanthorHw {
    return {
      ops: {
        softReset: (ptdev) => drv.pwr.resetSoft(ptdev),
        l2PowerOff: (ptdev) => drv.pwr.l2PowerOff(ptdev),
        l2PowerOn: (ptdev) => drv.pwr.l2PowerOn(ptdev),
      },
    };
  },

  /** panthor_hw_bind_device(): panthor_hw_match. */
  bindDevice(ptdev: PanthorDevice): number {
    const arch = regs.gpuArchMajor(ptdev.gpuInfo.gpuId);
    if (arch >= 10 && arch <= 13) ptdev.hw = drv.hw.archV10();
    else if (arch === 14) ptdev.hw = drv.hw.archV14();
    else return -EOPNOTSUPP;
    return 0;
  },

  /** panthor_hw_has_pwr_ctrl(). */
  hasPwrCtrl(ptdev: PanthorDevice): boolean {
    return regs.gpuArchMajor(ptdev.gpuInfo.gpuId) >= 14;
  },

  /** panthor_gpu_info_init(). */
  *gpuInfoInit(ptdev: PanthorDevice): Kernel<number> {
    const { mmio } = drv;
    const info = ptdev.gpuInfo;
    info.csfId = yield* mmio.read32(regs.GPU_CSF_ID);
    info.gpuRev = yield* mmio.read32(regs.GPU_REVID);
    info.coreFeatures = yield* mmio.read32(regs.GPU_CORE_FEATURES);
    info.l2Features = yield* mmio.read32(regs.GPU_L2_FEATURES);
    info.tilerFeatures = yield* mmio.read32(regs.GPU_TILER_FEATURES);
    info.memFeatures = yield* mmio.read32(regs.GPU_MEM_FEATURES);
    info.mmuFeatures = yield* mmio.read32(regs.GPU_MMU_FEATURES);
    info.threadFeatures = yield* mmio.read32(regs.GPU_THREAD_FEATURES);
    info.maxThreads = yield* mmio.read32(regs.GPU_THREAD_MAX_THREADS);
    info.threadMaxWorkgroupSize = yield* mmio.read32(regs.GPU_THREAD_MAX_WORKGROUP_SIZE);
    info.threadMaxBarrierSize = yield* mmio.read32(regs.GPU_THREAD_MAX_BARRIER_SIZE);
    info.coherencyFeatures = yield* mmio.read32(regs.GPU_COHERENCY_FEATURES);
    for (let i = 0; i < 4; i++) {
      info.textureFeatures[i] = yield* mmio.read32(regs.gpuTextureFeatures(i));
    }
    info.asPresent = yield* mmio.read32(regs.GPU_AS_PRESENT);
    // Since architecture 11.
    info.gpuFeatures = yield* mmio.read64(regs.GPU_FEATURES);
    if (drv.hw.hasPwrCtrl(ptdev)) {
      info.l2Present = yield* mmio.read64(PWR_L2_PRESENT);
      info.tilerPresent = yield* mmio.read64(PWR_TILER_PRESENT);
      info.shaderPresent = yield* mmio.read64(PWR_SHADER_PRESENT);
    } else {
      info.shaderPresent = yield* mmio.read64(regs.GPU_SHADER_PRESENT);
      info.tilerPresent = yield* mmio.read64(regs.GPU_TILER_PRESENT);
      info.l2Present = yield* mmio.read64(regs.GPU_L2_PRESENT);
    }
    return yield* drv.hw.overloadShaderPresent(ptdev);
  },

  /** overload_shader_present(): nvmem cell, where the platform has one. */
  *overloadShaderPresent(ptdev: PanthorDevice): Kernel<number> {
    const { base, pdev } = ptdev;
    const ret = pdev.failures.take(drv.linux.m.rec, "shader_present");
    // Most platforms have no such cell.
    if (ret !== 0 && ret !== -ENOENT) {
      return yield* base.errProbe(ret, "Failed to read shader-present nvmem cell");
    }
    const override = pdev.shaderPresentOverride;
    if (override !== undefined) ptdev.gpuInfo.shaderPresent = override;
    return 0;
  },

  /** panthor_hw_info_init(). */
  *infoInit(ptdev: PanthorDevice): Kernel<number> {
    const ret = yield* drv.hw.gpuInfoInit(ptdev);
    if (ret !== 0) return ret;
    const { base, gpuInfo: info } = ptdev;
    const id = info.gpuId;
    yield* base.info(
      `${gpuModelName(info)} id ${hex(id >>> 16)} major ${hex(regs.gpuVerMajor(id))} ` +
        `minor ${hex(regs.gpuVerMinor(id))} status ${hex(regs.gpuVerStatus(id))}`,
    );
    yield* base.info(
      `Features: L2:${hex(info.l2Features)} Tiler:${hex(info.tilerFeatures)} ` +
        `Mem:${hex(info.memFeatures)} MMU:${hex(info.mmuFeatures)} ` +
        `AS:${hex(info.asPresent)}`,
    );
    yield* base.info(
      `shader_present=${hex(info.shaderPresent)} l2_present=${hex(info.l2Present)} ` +
        `tiler_present=${hex(info.tilerPresent)}`,
    );
    return 0;
  },

  /** panthor_hw_soft_reset(). */
  softReset(ptdev: PanthorDevice): Kernel<number> {
    return ptdev.hw.ops.softReset(ptdev);
  },

  /** panthor_hw_l2_power_on(). */
  l2PowerOn(ptdev: PanthorDevice): Kernel<number> {
    return ptdev.hw.ops.l2PowerOn(ptdev);
  },

  /** panthor_hw_l2_power_off(). */
  l2PowerOff(ptdev: PanthorDevice): Kernel<void> {
    return ptdev.hw.ops.l2PowerOff(ptdev);
  },

  /**
   * panthor_hw_power_status_register() and _unregister(): what enabling and disabling the
   * gpu_power_status tracepoint does.
   */
  setPowerTracing(ptdev: PanthorDevice, on: boolean): Kernel<number> {
    ptdev.powerTracing = on;
    const ops = ptdev.hw?.ops;
    if (on) return ops?.powerChangedOn?.(ptdev) ?? done(0);
    return drv.hw.powerTracingOff(ptdev);
  },

  /** panthor_hw_set_power_tracing() with data == NULL. */
  *powerTracingOff(ptdev: PanthorDevice): Kernel<number> {
    const off = ptdev.hw?.ops.powerChangedOff;
    if (off !== undefined) yield* off(ptdev);
    return 0;
  },
});
