// Discovery of the firmware interfaces after the first boot, and setup of the global one.
// Kernel: panthor_fw.c (panthor_fw_init_ifaces and below, panthor_fw_init_global_iface).

import type { Atomic } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import * as bits from "./iface-bits.ts";
import { CsControl, CsgControl, CsgInput, CsgOutput, CsInput, CsOutput } from "./iface.ts";
import { GlbControl, GlbInput, GlbOutput } from "./iface.ts";
import { csfIfaceVersion } from "./requests.ts";
import type { StructClass, StructView } from "./struct-view.ts";

const MIN_CS_PER_CSG = 8;
const MIN_CSGS = 3;
const CSF_GROUP_CONTROL_OFFSET = 0x1000;
const CSF_STREAM_CONTROL_OFFSET = 0x40;
const CSF_UNPRESERVED_REG_COUNT = 4;

export const PING_INTERVAL_MS = 12000;
/** 5 * 500 Mi cycles, in the interface's unit of 1024 cycles. */
const progressTimeout = (5 * 500 * 1024 * 1024) / 1024;
const idleHysteresisUs = 800;
const pwroffHysteresisUs = 10000;

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyStruct = StructClass<any>;

export const fwIfaceInitOps = (drv: Driver) => ({
  /** panthor_fw_conv_timeout(): microseconds to units of 1024 cycles of the timer in use. */
  convTimeout(ptdev: PanthorDevice, timeoutUs: number): number {
    const { base, clks, pdev } = ptdev;
    let rate = pdev.archTimerHz ?? 0;
    const useCycleCounter = rate === 0;
    if (useCycleCounter) rate = clks.core!.rate;
    const max = bits.glbTimerVal(0xffffffff);
    if (base.warnOn(rate === 0, "!timer_rate")) {
      return (max | bits.GLB_TIMER_SOURCE_GPU_COUNTER) >>> 0;
    }
    let cycles = Math.ceil((timeoutUs * rate) / (1_000_000 * 1024));
    if (base.warnOn(cycles > max, "mod_cycles > GLB_TIMER_VAL(~0)")) cycles = max;
    const source = useCycleCounter ? bits.GLB_TIMER_SOURCE_GPU_COUNTER : 0;
    return (bits.glbTimerVal(cycles) | source) >>> 0;
  },

  /** Offset of a structure in the shared section, or -1 where iface_fw_to_cpu_addr() is NULL. */
  ifaceOffset(ptdev: PanthorDevice, mcuVa: number, size: number): number {
    const mem = ptdev.fw.sharedSection!.mem!;
    const total = drv.gem.kernelBoSize(mem);
    const offset = mcuVa - drv.gem.kernelBoGpuva(mem);
    return offset < 0 || offset > total || size > total - offset ? -1 : offset;
  },

  /** iface_fw_to_cpu_addr(), as a view. Null: not in the shared section. */
  ifaceFwToCpuAddr<C extends AnyStruct>(
    ptdev: PanthorDevice,
    mcuVa: number,
    struct: C,
  ): InstanceType<C> | null {
    const offset = drv.fw.ifaceOffset(ptdev, mcuVa, struct.size);
    return offset < 0 ? null : drv.fw.sharedView(ptdev, offset, struct);
  },

  /** A structure at an offset of the shared section. */
  sharedView<C extends AnyStruct>(
    ptdev: PanthorDevice,
    offset: number,
    struct: C,
  ): InstanceType<C> {
    const kmap = ptdev.fw.sharedSection!.mem!.kmap!;
    return new struct(kmap.memory, kmap.phys(offset)) as InstanceType<C>;
  },

  /** panthor_init_cs_iface(). */
  initCsIface(ptdev: PanthorDevice, csgIdx: number, csIdx: number): number {
    const { base, fw } = ptdev;
    const total = drv.gem.kernelBoSize(fw.sharedSection!.mem!);
    const offset =
      CSF_GROUP_CONTROL_OFFSET +
      csgIdx * drv.fw.getGlbIface(ptdev).control.groupStride +
      CSF_STREAM_CONTROL_OFFSET +
      csIdx * drv.fw.getCsgIface(ptdev, csgIdx).control.streamStride;
    if (offset > total || CsControl.size > total - offset) return -EINVAL;

    const control = drv.fw.sharedView(ptdev, offset, CsControl);
    const input = drv.fw.ifaceFwToCpuAddr(ptdev, control.inputVa, CsInput);
    const output = drv.fw.ifaceFwToCpuAddr(ptdev, control.outputVa, CsOutput);
    if (input === null || output === null) {
      base.log("err", "Invalid stream control interface input/output VA");
      return -EINVAL;
    }
    const lock = new SpinLock(drv.linux.m, "panthor_fw_cs_iface.lock");
    fw.iface.streams[csgIdx][csIdx] = { lock, control, input, output };

    if (csgIdx === 0 && csIdx === 0) {
      ptdev.csifInfo.csRegCount = bits.csFeaturesWorkRegs(control.features);
      ptdev.csifInfo.unpreservedCsRegCount = CSF_UNPRESERVED_REG_COUNT;
    } else if (control.features !== drv.fw.getCsIface(ptdev, 0, 0).control.features) {
      base.log("err", "Expecting identical CS slots");
      return -EINVAL;
    }
    return 0;
  },

  /** compare_csg(). */
  compareCsg(a: StructViewOf<typeof CsgControl>, b: StructViewOf<typeof CsgControl>): boolean {
    return (
      a.features === b.features &&
      a.suspendSize === b.suspendSize &&
      a.protmSuspendSize === b.protmSuspendSize &&
      a.streamNum === b.streamNum
    );
  },

  /** panthor_init_csg_iface(). */
  initCsgIface(ptdev: PanthorDevice, csgIdx: number): number {
    const { base, fw } = ptdev;
    const total = drv.gem.kernelBoSize(fw.sharedSection!.mem!);
    const offset =
      CSF_GROUP_CONTROL_OFFSET + csgIdx * drv.fw.getGlbIface(ptdev).control.groupStride;
    if (offset > total || CsgControl.size > total - offset) return -EINVAL;

    const control = drv.fw.sharedView(ptdev, offset, CsgControl);
    const input = drv.fw.ifaceFwToCpuAddr(ptdev, control.inputVa, CsgInput);
    const output = drv.fw.ifaceFwToCpuAddr(ptdev, control.outputVa, CsgOutput);
    const { streamNum } = control;
    if (streamNum < MIN_CS_PER_CSG || streamNum > bits.MAX_CS_PER_CSG) return -EINVAL;
    if (input === null || output === null) {
      base.log("err", "Invalid group control interface input/output VA");
      return -EINVAL;
    }
    const lock = new SpinLock(drv.linux.m, "panthor_fw_csg_iface.lock");
    fw.iface.groups[csgIdx] = { lock, control, input, output };
    fw.iface.streams[csgIdx] = [];

    if (csgIdx > 0 && !drv.fw.compareCsg(drv.fw.getCsgIface(ptdev, 0).control, control)) {
      base.log("err", "Expecting identical CSG slots");
      return -EINVAL;
    }
    for (let i = 0; i < streamNum; i++) {
      const ret = drv.fw.initCsIface(ptdev, csgIdx, i);
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** panthor_get_instr_features(). */
  getInstrFeatures(ptdev: PanthorDevice): number {
    const { control } = drv.fw.getGlbIface(ptdev);
    return control.version < csfIfaceVersion(1, 1, 0) ? 0 : control.instrFeatures;
  },

  /** panthor_fw_init_ifaces(). */
  initIfaces(ptdev: PanthorDevice): number {
    const { base, fw } = ptdev;
    const mem = fw.sharedSection!.mem!;
    if (mem.kmap === null) return -EINVAL;
    if (GlbControl.size > drv.gem.kernelBoSize(mem)) return -EINVAL;
    const control = drv.fw.sharedView(ptdev, 0, GlbControl);
    const { version } = control;
    if (version === 0) {
      base.log("err", "Firmware version is 0. Firmware may have failed to boot");
      return -EINVAL;
    }
    const input = drv.fw.ifaceFwToCpuAddr(ptdev, control.inputVa, GlbInput);
    const output = drv.fw.ifaceFwToCpuAddr(ptdev, control.outputVa, GlbOutput);
    if (input === null || output === null) {
      base.log("err", "Invalid global control interface input/output VA");
      return -EINVAL;
    }
    if (control.groupNum > bits.MAX_CSGS || control.groupNum < MIN_CSGS) {
      base.log("err", "Invalid number of control groups");
      return -EINVAL;
    }
    const lock = new SpinLock(drv.linux.m, "panthor_fw_global_iface.lock");
    fw.iface.global = { lock, control, input, output };
    for (let i = 0; i < control.groupNum; i++) {
      const ret = drv.fw.initCsgIface(ptdev, i);
      if (ret !== 0) return ret;
    }
    base.log(
      "info",
      `CSF FW using interface v${version >>> 24}.${(version >>> 16) & 0xff}.${version & 0xffff}, ` +
        `Features ${hex(control.features)} ` +
        `Instrumentation features ${hex(drv.fw.getInstrFeatures(ptdev))}`,
    );
    return 0;
  },

  /** panthor_fw_init_global_iface(): after each boot. Starts the watchdog. */
  *initGlobalIface(ptdev: PanthorDevice): Atomic<void> {
    const glb = drv.fw.getGlbIface(ptdev);
    const { input } = glb;
    input.coreEnMask = ptdev.gpuInfo.shaderPresent;
    input.poweroffTimer = drv.fw.convTimeout(ptdev, pwroffHysteresisUs);
    input.progressTimer = progressTimeout;
    input.idleTimer = drv.fw.convTimeout(ptdev, idleHysteresisUs);
    input.ackIrqMask =
      bits.GLB_CFG_ALLOC_EN |
      bits.GLB_PING |
      bits.GLB_CFG_PROGRESS_TIMER |
      bits.GLB_CFG_POWEROFF_TIMER |
      bits.GLB_IDLE_EN |
      bits.GLB_IDLE;
    if (drv.fw.hasGlbState(ptdev)) input.ackIrqMask |= bits.GLB_STATE_MASK;

    const enable = bits.GLB_IDLE_EN | bits.GLB_COUNTER_EN;
    yield* drv.fw.updateReqs(glb, "req", enable, enable);
    const config =
      bits.GLB_CFG_ALLOC_EN | bits.GLB_CFG_POWEROFF_TIMER | bits.GLB_CFG_PROGRESS_TIMER;
    yield* drv.fw.toggleReqs(glb, "req", "ack", config);
    yield* drv.fw.ringDoorbell(ptdev, bits.CSF_GLB_DOORBELL_ID);

    const ping = drv.linux.time.msecsToJiffies(PING_INTERVAL_MS);
    yield* ptdev.reset.wq.modDelayedWork(ptdev.fw.watchdog.pingWork, ping);
  },
});

type StructViewOf<C> = C extends StructClass<infer L> ? StructView<L> : never;

/** %#x of the kernel's vsnprintf: zero has its prefix too. */
const hex = (v: number): string => `0x${v.toString(16)}`;
