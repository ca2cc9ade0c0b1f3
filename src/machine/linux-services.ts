// The simulated kernel as Effect services: one tag for each subsystem and layers that build them
// for one replay. A test or a mutant replaces a subsystem by providing another layer.

import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type { Recorder } from "../timeline/recorder.ts";
import { Machine, type MachineOptions } from "./core/machine.ts";
import { Fences } from "./dma-fence/fences.ts";
import { Irqs } from "./irq/irqs.ts";
import { kernel73 } from "./kernel-version.ts";
import { Kthreads } from "./kthread.ts";
import { type Linux, type LinuxOptions, makeLinux } from "./linux.ts";
import { Lockdep } from "./lock/lockdep.ts";
import { PhysicalMemory } from "./memory/physical-memory.ts";
import { Time } from "./time/time.ts";
import { Workqueues } from "./workqueue/workqueues.ts";

/** What a replay asks of the kernel it runs on. */
export interface KernelConfig extends Omit<LinuxOptions, "m"> {
  readonly machine: MachineOptions;
}

export class KernelConfigService extends Context.Tag("panthor-replay/KernelConfig")<
  KernelConfigService,
  KernelConfig
>() {}
export class MachineService extends Context.Tag("panthor-replay/Machine")<
  MachineService,
  Machine
>() {}
export class RecorderService extends Context.Tag("panthor-replay/Recorder")<
  RecorderService,
  Recorder
>() {}
export class LockdepService extends Context.Tag("panthor-replay/Lockdep")<
  LockdepService,
  Lockdep | null
>() {}
export class TimeService extends Context.Tag("panthor-replay/Time")<TimeService, Time>() {}
export class KthreadService extends Context.Tag("panthor-replay/Kthread")<
  KthreadService,
  Kthreads
>() {}
export class WorkqueueService extends Context.Tag("panthor-replay/Workqueue")<
  WorkqueueService,
  Workqueues
>() {}
export class IrqService extends Context.Tag("panthor-replay/Irq")<IrqService, Irqs>() {}
export class FencesService extends Context.Tag("panthor-replay/Fences")<FencesService, Fences>() {}
export class MemoryService extends Context.Tag("panthor-replay/Memory")<
  MemoryService,
  PhysicalMemory
>() {}
/** The whole kernel. */
export class LinuxService extends Context.Tag("panthor-replay/Linux")<LinuxService, Linux>() {}

export const machineLayer = Layer.effect(
  MachineService,
  Effect.map(KernelConfigService, ({ machine }) => new Machine(machine)),
);

export const recorderLayer = Layer.effect(
  RecorderService,
  Effect.map(MachineService, (m) => m.rec),
);

export const lockdepLayer = Layer.effect(
  LockdepService,
  Effect.gen(function* () {
    const m = yield* MachineService;
    const { lockdep } = yield* KernelConfigService;
    return lockdep === false ? null : new Lockdep(m, lockdep ?? {});
  }),
);

export const timeLayer = Layer.effect(
  TimeService,
  Effect.gen(function* () {
    const m = yield* MachineService;
    const { clock, version = kernel73 } = yield* KernelConfigService;
    return new Time(m, { clock, pollReadsFirst: version.pollReadsFirst });
  }),
);

export const kthreadLayer = Layer.effect(
  KthreadService,
  Effect.map(MachineService, (m) => new Kthreads(m)),
);

export const workqueueLayer = Layer.effect(
  WorkqueueService,
  Effect.gen(function* () {
    const time = yield* TimeService;
    const kthread = yield* KthreadService;
    const { workqueues } = yield* KernelConfigService;
    return new Workqueues(time.m, time.timers, kthread, workqueues);
  }),
);

export const irqLayer = Layer.effect(
  IrqService,
  Effect.gen(function* () {
    const time = yield* TimeService;
    const kthread = yield* KthreadService;
    const { irqDelayNs = 0, threadirqs } = yield* KernelConfigService;
    return new Irqs(time.m, time, kthread, { irqDelayNs, threadirqs });
  }),
);

export const fencesLayer = Layer.effect(
  FencesService,
  Effect.map(TimeService, (time) => new Fences(time.m, time.clock)),
);

export const memoryLayer = Layer.effect(
  MemoryService,
  Effect.map(KernelConfigService, ({ memory }) => new PhysicalMemory(memory)),
);

export const linuxLayer = Layer.effect(
  LinuxService,
  Effect.gen(function* () {
    const m = yield* MachineService;
    const config = yield* KernelConfigService;
    return makeLinux(
      { ...config, m },
      {
        lockdep: yield* LockdepService,
        time: yield* TimeService,
        kthread: yield* KthreadService,
        wq: yield* WorkqueueService,
        irqs: yield* IrqService,
        fences: yield* FencesService,
        memory: yield* MemoryService,
      },
    );
  }),
);

/** The default layer of every subsystem. */
export const subsystemsLayer = Layer.mergeAll(irqLayer, workqueueLayer, fencesLayer).pipe(
  Layer.provideMerge(Layer.mergeAll(timeLayer, kthreadLayer, memoryLayer, recorderLayer)),
  // Locks of the subsystems are checked from the first on.
  Layer.provideMerge(lockdepLayer),
  Layer.provideMerge(machineLayer),
);

/** The kernel for a configuration, with all of its subsystems as services. */
export const kernelLayer = (
  config: KernelConfig,
): Layer.Layer<
  | LinuxService
  | MachineService
  | RecorderService
  | LockdepService
  | TimeService
  | KthreadService
  | WorkqueueService
  | IrqService
  | FencesService
  | MemoryService
  | KernelConfigService
> =>
  linuxLayer.pipe(
    Layer.provideMerge(subsystemsLayer),
    Layer.provideMerge(Layer.succeed(KernelConfigService, config)),
  );
