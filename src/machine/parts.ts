// The simulated kernel as services: one tag for each subsystem, and what makes it of the others.

import * as Context from "effect/Context";
import type { Recorder } from "../timeline/recorder.ts";
import { Machine, type MachineOptions } from "./core/machine.ts";
import { Fences } from "./dma-fence/fences.ts";
import { Irqs } from "./irq/irqs.ts";
import { kernel73 } from "./kernel-version.ts";
import { Kthreads } from "./kthread.ts";
import { type Linux, type LinuxOptions, makeLinux } from "./linux.ts";
import { Lockdep } from "./lock/lockdep.ts";
import { PhysicalMemory } from "./memory/physical-memory.ts";
import { add, part } from "./part.ts";
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

export const machinePart = part(
  MachineService,
  [KernelConfigService],
  ({ machine }) => new Machine(machine),
);

export const recorderPart = part(RecorderService, [MachineService], (m) => m.rec);

export const lockdepPart = part(
  LockdepService,
  [MachineService, KernelConfigService],
  (m, { lockdep }) => (lockdep === false ? null : new Lockdep(m, lockdep ?? {})),
);

export const timePart = part(
  TimeService,
  [MachineService, KernelConfigService],
  (m, { clock, version = kernel73 }) =>
    new Time(m, { clock, pollReadsFirst: version.pollReadsFirst }),
);

export const kthreadPart = part(KthreadService, [MachineService], (m) => new Kthreads(m));

export const workqueuePart = part(
  WorkqueueService,
  [TimeService, KthreadService, KernelConfigService],
  (time, kthread, { workqueues }) => new Workqueues(time.m, time.timers, kthread, workqueues),
);

export const irqPart = part(
  IrqService,
  [TimeService, KthreadService, KernelConfigService],
  (time, kthread, { irqDelayNs = 0, threadirqs }) =>
    new Irqs(time.m, time, kthread, { irqDelayNs, threadirqs }),
);

export const fencesPart = part(
  FencesService,
  [TimeService],
  (time) => new Fences(time.m, time.clock),
);

export const memoryPart = part(
  MemoryService,
  [KernelConfigService],
  ({ memory }) => new PhysicalMemory(memory),
);

export const linuxPart = part(
  LinuxService,
  [
    KernelConfigService,
    MachineService,
    LockdepService,
    TimeService,
    KthreadService,
    WorkqueueService,
    IrqService,
    FencesService,
    MemoryService,
  ],
  (config, m, lockdep, time, kthread, wq, irqs, fences, memory) =>
    makeLinux({ ...config, m }, { lockdep, time, kthread, wq, irqs, fences, memory }),
);

/** Every service of a kernel. */
export type KernelServices =
  | KernelConfigService
  | MachineService
  | RecorderService
  | LockdepService
  | TimeService
  | KthreadService
  | WorkqueueService
  | IrqService
  | FencesService
  | MemoryService
  | LinuxService;

/** The kernel for a configuration, assembled of the default parts. */
export const assembleKernel = (options: KernelConfig): Context.Context<KernelServices> =>
  Context.make(KernelConfigService, options).pipe(
    add(machinePart),
    // Locks of the subsystems are checked from the first on.
    add(lockdepPart),
    add(timePart),
    add(kthreadPart),
    add(memoryPart),
    add(recorderPart),
    add(irqPart),
    add(workqueuePart),
    add(fencesPart),
    add(linuxPart),
  );
