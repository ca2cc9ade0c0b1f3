// The scheduler unit on a real machine (workqueues, timers, fences, DRM scheduler), with a stand-in
// for the units around it: firmware that acknowledges at the doorbell, one VM, no power management.

import { Fences } from "../../../src/machine/dma-fence/fences.ts";
import type { DmaFence } from "../../../src/machine/dma-fence/fence.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import { type Atomic, done, type Kernel } from "../../../src/machine/core/op.ts";
import { Kthreads } from "../../../src/machine/kthread.ts";
import { KrefRegistry } from "../../../src/machine/kref.ts";
import { CpuMapping } from "../../../src/machine/memory/cpu-mapping.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";
import { Time } from "../../../src/machine/time/time.ts";
import { Workqueues } from "../../../src/machine/workqueue/index.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import type { Driver } from "../../../src/driver/driver.ts";
import type { PanthorFile } from "../../../src/driver/drv/types.ts";
import { schedOps } from "../../../src/driver/sched/index.ts";
import type { PanthorGroup, PanthorJob, PanthorQueue } from "../../../src/driver/sched/types.ts";
import { type FakeIface, FakeFirmware, u32 } from "./fake-firmware.ts";

export interface FixtureOptions {
  readonly csgSlots?: number;
  /** False: the firmware no longer answers the requests to this slot. */
  readonly answers?: (csgId: number, req: number) => boolean;
}

export class Fixture {
  readonly m = new Machine({ cpus: 1, hz: 250 });
  readonly krefs = new KrefRegistry();
  readonly drv = {} as Driver;
  readonly ptdev: PanthorDevice;
  readonly pfile: PanthorFile;
  /** Doorbells, requests to slots and power references, in order. */
  readonly log: string[] = [];
  readonly warnings: string[] = [];
  readonly firmware: FakeFirmware;
  readonly csg: FakeIface[];
  readonly cs: FakeIface[][];
  readonly glb: FakeIface;
  resets = 0;
  pmRefs = 0;
  /** Return code of the next VM activation. */
  vmActiveRet = 0;
  unhandledFault = false;
  /** What panthor_heap_grow() returns. */
  growRet = 0;
  /** User memory with sync objects at offset 0 of any page, and how often it is mapped. */
  readonly userBo: CpuMapping;
  maps = 0;

  constructor(options: FixtureOptions = {}) {
    const { m } = this;
    const time = new Time(m);
    const kthread = new Kthreads(m);
    const wq = new Workqueues(m, time.timers, kthread);
    const memory = new PhysicalMemory();
    this.userBo = new CpuMapping(memory, [memory.allocPage()]);
    const rcu = { synchronizeRcu: () => done() };
    const linux = { m, time, wq, kthread, memory, rcu, krefs: this.krefs };
    Object.assign(linux, { rec: m.rec, fences: new Fences(m) });

    const answers = options.answers ?? (() => true);
    this.firmware = new FakeFirmware(options.csgSlots ?? 8, this.log, answers);
    this.csg = this.firmware.csg;
    this.cs = this.firmware.cs;
    this.glb = this.firmware.glb;
    this.ptdev = this.device(wq);
    this.pfile = {
      ptdev: this.ptdev,
      vms: {},
      groups: null,
      stats: { time: 0n, cycles: 0n },
    } as unknown as PanthorFile;
    Object.assign(this.drv, { linux, sched: schedOps(this.drv) }, this.units(memory, wq));
  }

  private note(text: string): Atomic<void> {
    this.warnings.push(text);
    return done();
  }

  private device(wq: Workqueues): PanthorDevice {
    const count = (n: number) => () => {
      this.pmRefs += n;
      return done(0);
    };
    return {
      base: {
        enter: () => true,
        exit: () => done(),
        addActionOrReset: () => done(0),
        mutexInit: () => 0,
        warnOn: (condition: boolean, what: string) => {
          if (condition) this.warnings.push(`WARN ${what}`);
          return condition;
        },
        warn: (text: string) => this.note(text),
        err: (text: string) => this.note(text),
      },
      pmRuntime: {
        get: count(1),
        put: count(-1),
        putAutosuspend: count(-1),
        markLastBusy: () => done(),
      },
      gpuInfo: { asPresent: 0xff, shaderPresent: 0x50005n, tilerPresent: 1n },
      csifInfo: { csRegCount: 96, unpreservedCsRegCount: 4 },
      reset: { pending: false, wq: wq.alloc("panthor-reset-wq", { ordered: true }) },
      profileMask: 0,
      scheduler: null,
    } as unknown as PanthorDevice;
  }

  private units(memory: PhysicalMemory, wq: Workqueues): object {
    let va = 0x800000000000;
    const vm = { name: "vm" };
    const kernelBoCreate = (_ptdev: unknown, _vm: unknown, size: number) => {
      const pages = Math.ceil(size / 4096);
      const start = memory.allocPages(pages);
      const kmap = new CpuMapping(
        memory,
        Array.from({ length: pages }, (_, i) => start + i * 4096),
      );
      const bo = { kmap, vaNode: { start: va }, obj: { size: pages * 4096 } };
      va += pages * 4096;
      return done(bo);
    };
    return {
      gem: {
        kernelBoCreate,
        kernelBoDestroy: () => done(),
        kernelBoVmap: () => done(0),
        kernelBoGpuva: (bo: { vaNode: { start: number } }) => bo.vaNode.start,
        kernelBoSize: (bo: { obj: { size: number } }) => bo.obj.size,
        vmap: () => {
          this.maps++;
          return done(this.userBo);
        },
        vunmap: () => {
          this.maps--;
          return done();
        },
        sync: () => done(0),
      },
      mmu: {
        vmPoolGetVm: () => vm,
        vmPut: () => done(),
        vmActive: () => done(this.vmActiveRet),
        vmIdle: () => done(),
        vmAs: () => 1,
        vmHasUnhandledFaults: () => this.unhandledFault,
        vmGetBoForVa: (_vm: unknown, at: number) =>
          done({ bo: { put: () => done() }, boOffset: at % 4096 }),
        vmGetHeapPool: () => done({ name: "pool" }),
      },
      device: {
        resetIsPending: () => this.ptdev.reset.pending,
        scheduleReset: () => {
          this.ptdev.reset.pending = true;
          this.resets++;
          return done();
        },
        resumeAndGet: () => {
          this.pmRefs++;
          return done(0);
        },
        exceptionName: () => "exception",
      },
      gpu: { flushCaches: () => done(0) },
      heap: {
        grow: (_pool: unknown, va: number, passes: number, pending: number) => {
          this.log.push(`grow 0x${va.toString(16)} ${passes} ${pending}`);
          return done(this.growRet);
        },
        poolPut: () => done(),
        returnChunk: () => done(0),
      },
      devfreq: { recordBusy: () => done(), recordIdle: () => done() },
      drv: { cleanupWq: wq.alloc("panthor-cleanup", {}) },
      fw: this.firmware.unit(kernelBoCreate),
    };
  }

  /** Runs `body` in a task of its own, and everything that follows for `ms` milliseconds. */
  run<A>(body: () => Kernel<A>, ms = 1): A {
    const { m } = this;
    let result: { value: A } | null = null;
    const task = m.createTask({
      comm: "test",
      *body() {
        result = { value: yield* body() };
      },
    });
    m.sched.wakeNew(task);
    m.run(m.now + ms * 1e6);
    if (result === null) throw new Error("the task did not end in time");
    return (result as { value: A }).value;
  }

  start(): void {
    this.run(() => this.drv.sched.init(this.ptdev));
    this.run(() => this.drv.sched.groupPoolCreate(this.pfile));
  }

  createGroup(queues = 1, priority = 1): number {
    const args = {
      queues: { count: queues },
      maxComputeCores: 4,
      maxFragmentCores: 4,
      maxTilerCores: 1,
      priority,
      pad: 0,
      computeCoreMask: 0x50005n,
      fragmentCoreMask: 0x50005n,
      tilerCoreMask: 1n,
      vmId: 1,
    };
    const queue = { priority: 0, pad: [0, 0, 0], ringbufSize: 4096 } as const;
    const queueArgs = Array.from({ length: queues }, () => queue);
    return this.run(() => this.drv.sched.groupCreate(this.pfile, args, queueArgs, 1));
  }

  group(handle: number): PanthorGroup {
    return this.pfile.groups!.xa.get(handle)!;
  }

  queue(handle: number, index = 0): PanthorQueue {
    return this.group(handle).queues[index]!;
  }

  /** Submits a job; the finished fence (with a reference), or the error of its creation. */
  submit(handle: number, queueIndex = 0, ms = 1, streamSize = 64): DmaFence | number {
    const { drv, pfile } = this;
    return this.run(function* (): Kernel<DmaFence | number> {
      const job: PanthorJob | number = yield* drv.sched.jobCreate(
        pfile,
        handle,
        {
          queueIndex,
          streamSize,
          streamAddr: streamSize === 0 ? 0 : 0x1000000,
          latestFlush: 0,
          pad: 0,
        },
        1,
      );
      if (typeof job === "number") return job;
      yield* job.arm();
      const fence = job.sFence!.finished.get();
      yield* job.push();
      return fence;
    }, ms);
  }

  /** The GPU ends `n` more jobs of a queue: sync object, extract offset, event, interrupt. */
  complete(handle: number, index = 0, n = 1): void {
    const group = this.group(handle);
    const queue = this.queue(handle, index);
    const kmap = group.syncobjs!.kmap!;
    kmap.write64Number(index * 16, kmap.read64Number(index * 16) + n);
    queue.iface.output.extract = Math.min(
      queue.iface.output.extract + n * 128,
      queue.iface.input.insert,
    );
    this.event(group.csgId, 1 << 28);
  }

  /** An event of a queue: toggles bits of its ack word, and its bit in the slot's cs_irq_req. */
  csEvent(csgId: number, csId: number, mask: number): void {
    const { output } = this.cs[csgId][csId];
    output.ack = u32((this.cs[csgId][csId].input.req & ~mask) | (output.ack ^ mask));
    this.csg[csgId].output.csIrqReq ^= 1 << csId;
    this.event(csgId, 0);
  }

  /** Toggles event bits of a slot's ack word and raises the interrupt. */
  event(csgId: number, mask: number): void {
    const { output } = this.csg[csgId];
    output.ack = u32(output.ack ^ mask);
    this.run(() => this.drv.sched.reportFwEvents(this.ptdev, u32(1 << csgId)));
  }
}
