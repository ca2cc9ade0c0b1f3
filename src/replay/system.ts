// One replay's world as an Effect layer graph: kernel, device and driver built from a
// configuration, each a service that a test can replace.

import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Gpu } from "../device/gpu.ts";
import type { IrqLine } from "../device/hooks.ts";
import type { Profile } from "../device/profile/types.ts";
import { type Driver, makeDriver } from "../driver/driver.ts";
import type { Linux } from "../machine/linux.ts";
import { kernelLayer, LinuxService } from "../machine/linux-services.ts";
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

const deviceLayer = Layer.effect(
  DeviceService,
  Effect.gen(function* () {
    const linux = yield* LinuxService;
    const { profile } = yield* SystemConfigService;
    const { irqs, m, memory, sleep, time } = linux;
    const gpu = new Gpu(m, memory, profile, {
      setIrqLevel: (line, high) => irqs.setLevel(irqNumbers[line], high),
      timer: (fn) => time.hrtimers.deviceTimer(fn),
      clock: () => time.clock.now,
    });
    sleep.slept = (ns) => gpu.slept(ns);
    for (const line of Object.keys(irqNumbers) as IrqLine[]) {
      irqs.connect(irqNumbers[line], {
        get name() {
          return gpu.driving(line).line;
        },
        rawstat: () => gpu.driving(line).rawstat,
        mask: () => gpu.driving(line).mask,
      });
    }
    return gpu;
  }),
);

const driverLayer = Layer.effect(
  DriverService,
  Effect.gen(function* () {
    const linux = yield* LinuxService;
    const gpu = yield* DeviceService;
    const { revision } = yield* SystemConfigService;
    return makeDriver(linux, gpu.mmio, overlaysOf(revision));
  }),
);

function clockOf(profile: Profile): ClockOptions {
  const { grainNs, minDeltaNs, deviceSharesClockEvent } = profile.clock;
  const base = deviceSharesClockEvent ? recordedClock : idealClock;
  return { ...base, grainNs, minDeltaNs, deviceSharesClockEvent };
}

/** The layer graph of a replay. */
export const systemLayer = (
  config: SystemConfig,
): Layer.Layer<DriverService | DeviceService | LinuxService> =>
  driverLayer.pipe(
    Layer.provideMerge(deviceLayer),
    Layer.provideMerge(
      kernelLayer({
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
      }),
    ),
    Layer.provide(Layer.succeed(SystemConfigService, config)),
  );

/** Builds a system. Fails with nothing: what can go wrong is in the configuration's types. */
export const makeSystem = (config: SystemConfig): System =>
  Effect.runSync(
    Effect.gen(function* () {
      const linux = yield* LinuxService;
      const gpu = yield* DeviceService;
      const driver = yield* DriverService;
      const pdev = makePlatformDevice(linux, gpu, config.dmaCoherent);
      return { linux, gpu, driver, syscalls: new DriverSyscalls(driver, pdev) };
    }).pipe(Effect.provide(systemLayer(config))),
  );
