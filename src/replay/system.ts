// One replay's world: kernel, device and driver built from a configuration, each a service. The
// layer graph of the same parts, in which a test replaces one, is system-layers.ts.

import * as Context from "effect/Context";
import { Gpu } from "../device/gpu.ts";
import type { IrqLine } from "../device/hooks.ts";
import type { Profile } from "../device/profile/types.ts";
import { type Driver, makeDriver } from "../driver/driver.ts";
import type { Linux } from "../machine/linux.ts";
import { add, part } from "../machine/part.ts";
import { assembleKernel, type KernelConfig, LinuxService } from "../machine/parts.ts";
import type { ClockOptions } from "../machine/time/clock.ts";
import { idealClock, recordedClock } from "../machine/time/clock.ts";
import { overlaysOf, type Revision } from "../revision/revision.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { irqNumbers, makePlatformDevice } from "./platform.ts";
import { DriverSyscalls } from "./user-kernel.ts";

/** What a system is built from. */
export interface SystemConfig {
  readonly profile: Profile;
  readonly revision: Revision;
  readonly cpus: number;
  readonly hz: number;
  readonly startNs: number;
  /** Draws the order of what is due at one instant; 0: first in, first out. */
  readonly seed?: number;
  readonly recorder: Recorder;
  readonly threadirqs: boolean;
  readonly lockdep: boolean;
  readonly dmaCoherent: boolean;
  readonly swapPages: number;
  /** Pages of 2 MiB for large buffer objects. */
  readonly hugePages: boolean;
  /** Objects get adjacent small pages. */
  readonly contiguous: boolean;
}

export class SystemConfigService extends Context.Tag("panthor-replay/SystemConfig")<
  SystemConfigService,
  SystemConfig
>() {}

/** The simulated GPU. */
export class DeviceService extends Context.Tag("panthor-replay/Device")<DeviceService, Gpu>() {}

/** The driver of a revision on that device. */
export class DriverService extends Context.Tag("panthor-replay/Driver")<DriverService, Driver>() {}

export interface System {
  readonly linux: Linux;
  readonly gpu: Gpu;
  readonly driver: Driver;
  readonly syscalls: DriverSyscalls;
}

export const devicePart = part(
  DeviceService,
  [LinuxService, SystemConfigService],
  ({ irqs, m, memory, sleep, time }, { profile }) => {
    const gpu = new Gpu(m, memory, profile, {
      setIrqLevel: (line, high) => irqs.setLevel(irqNumbers[line], high),
      timer: (fn) => time.hrtimers.deviceTimer(fn),
      clock: () => time.clock.now,
    });
    sleep.slept = (ns) => gpu.slept(ns);
    for (const line of Object.keys(irqNumbers) as IrqLine[]) {
      irqs.connect(irqNumbers[line], () => gpu.driving(line));
    }
    return gpu;
  },
);

export const driverPart = part(
  DriverService,
  [LinuxService, DeviceService, SystemConfigService],
  (linux, gpu, { revision }) => makeDriver(linux, gpu.mmio, overlaysOf(revision)),
);

function clockOf(profile: Profile): ClockOptions {
  const { grainNs, minDeltaNs, deviceSharesClockEvent } = profile.clock;
  const base = deviceSharesClockEvent ? recordedClock : idealClock;
  return { ...base, grainNs, minDeltaNs, deviceSharesClockEvent };
}

/** The kernel that a system runs on. */
export const kernelOf = (config: SystemConfig): KernelConfig => ({
  machine: {
    cpus: config.cpus,
    hz: config.hz,
    costs: config.profile.costs,
    recorder: config.recorder,
    startNs: config.startNs,
    seed: config.seed,
    fair: config.revision.base.kernel?.fair,
  },
  version: config.revision.base.kernel,
  clock: clockOf(config.profile),
  irqDelayNs: config.profile.latencies.irqDelay,
  threadirqs: config.threadirqs,
  lockdep: config.lockdep ? {} : false,
  memory: {
    swapPages: config.swapPages,
    hugePages: config.hugePages,
    contiguous: config.contiguous,
  },
});

/** The system that its services make. */
export function systemOf(
  context: Context.Context<LinuxService | DeviceService | DriverService>,
  { dmaCoherent }: SystemConfig,
): System {
  const linux = Context.get(context, LinuxService);
  const gpu = Context.get(context, DeviceService);
  const driver = Context.get(context, DriverService);
  const pdev = makePlatformDevice(linux, gpu, dmaCoherent);
  return { linux, gpu, driver, syscalls: new DriverSyscalls(driver, pdev) };
}

/** Builds a system. */
export const makeSystem = (config: SystemConfig): System =>
  systemOf(
    assembleKernel(kernelOf(config)).pipe(
      Context.add(SystemConfigService, config),
      add(devicePart),
      add(driverPart),
    ),
    config,
  );
