// The MMU and GEM units alone: real page tables and locks, registers that only remember, and
// neighbours that do nothing.

import { Machine } from "../../../src/machine/core/machine.ts";
import { done, type Atomic, type Kernel } from "../../../src/machine/core/op.ts";
import { Fences } from "../../../src/machine/dma-fence/fences.ts";
import { ETIMEDOUT } from "../../../src/machine/errno.ts";
import type { DrmGemObject } from "../../../src/machine/gpuvm/gem-object.ts";
import { Kthreads } from "../../../src/machine/kthread.ts";
import { KrefRegistry } from "../../../src/machine/kref.ts";
import type { Linux } from "../../../src/machine/linux.ts";
import { Mutex } from "../../../src/machine/lock/mutex.ts";
import { XaNodes } from "../../../src/machine/memory/xarray.ts";
import { RwSemaphore } from "../../../src/machine/lock/rwsem.ts";
import { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";
import { Time } from "../../../src/machine/time/time.ts";
import { Workqueues } from "../../../src/machine/workqueue/workqueues.ts";
import { irqOps } from "../../../src/driver/device/irq.ts";
import { ProbeFailures } from "../../../src/driver/device/probe-failures.ts";
import type { PanthorDevice } from "../../../src/driver/device/types.ts";
import type { Driver } from "../../../src/driver/driver.ts";
import type { DrmFile } from "../../../src/driver/drv/types.ts";
import { gemOps } from "../../../src/driver/gem/index.ts";
import { mmuOps } from "../../../src/driver/mmu/index.ts";
import type { PanthorVm, PanthorVmPool } from "../../../src/driver/mmu/types.ts";

const registerNames: Readonly<Record<number, string>> = {
  0x00: "TRANSTAB",
  0x08: "MEMATTR",
  0x10: "LOCKADDR",
  0x18: "COMMAND",
  0x1c: "FAULTSTATUS",
  0x20: "FAULTADDRESS",
  0x28: "STATUS",
  0x30: "TRANSCFG",
};

function nameOf(offset: number): string {
  if (offset >= 0x2400) {
    return `AS${(offset - 0x2400) >> 6}_${registerNames[(offset - 0x2400) & 0x3f]}`;
  }
  return offset === 0x2004 ? "INT_CLEAR" : offset === 0x2008 ? "INT_MASK" : offset.toString(16);
}

/** Registers that remember what is written, and a journal of accesses (STATUS left out). */
class FakeMmio {
  readonly log: string[] = [];
  readonly values = new Map<number, bigint>();
  read32(offset: number): Atomic<number> {
    if (!nameOf(offset).endsWith("_STATUS")) this.log.push(`R ${nameOf(offset)}`);
    return done(Number(this.values.get(offset) ?? 0n));
  }
  read64(offset: number): Atomic<bigint> {
    this.log.push(`R ${nameOf(offset)}`);
    return done(this.values.get(offset) ?? 0n);
  }
  write32(offset: number, value: number): Atomic<void> {
    return this.write64(offset, BigInt(value));
  }
  write64(offset: number, value: bigint): Atomic<void> {
    this.log.push(`W ${nameOf(offset)} 0x${value.toString(16)}`);
    this.values.set(offset, value);
    return done();
  }
}

export interface Bench {
  readonly m: Machine;
  readonly drv: Driver;
  readonly ptdev: PanthorDevice;
  readonly mmio: FakeMmio;
  readonly memory: PhysicalMemory;
  readonly file: DrmFile;
  /** Resets asked for, faults reported. */
  readonly events: string[];
  readonly warnings: string[];
  readonly krefs: KrefRegistry;
  /** Result of the next cache flushes. */
  flushResult: number;
  /** Runs kernel code in a task until nothing is left to do. */
  run<A>(body: () => Kernel<A>): A;
  /** A VM in the file's pool, with its handle's reference only. */
  newVm(userVaRange?: number): PanthorVm;
  /** Register accesses since the last call. */
  take(): string[];
  pool: PanthorVmPool;
}

export function bench(
  options: { readonly hugePages?: boolean; readonly swap?: boolean } = {},
): Bench {
  const m = new Machine({ cpus: 1, hz: 250, firstPid: 100 });
  const krefs = new KrefRegistry();
  m.krefs = krefs;
  const time = new Time(m);
  const memory = new PhysicalMemory({
    hugePages: options.hugePages,
    swapPages: options.swap === true ? 1 << 20 : 0,
  });
  const wq = new Workqueues(m, time.timers, new Kthreads(m));
  const fences = new Fences(m, time.clock);
  const files = { fput: () => done() };
  const linux = { m, rec: m.rec, time, memory, wq, fences, krefs, files } as unknown as Linux;
  const mmio = new FakeMmio();
  const events: string[] = [];
  const warnings: string[] = [];
  const warn = (condition: boolean, what: string): boolean => {
    if (condition) warnings.push(what);
    return condition;
  };
  const note = (text: string): Atomic<void> => {
    events.push(text.split("\n")[0]);
    return done();
  };
  const drv = { linux, mmio } as unknown as Driver;
  const ptdev = {
    base: {
      unplugged: false,
      enter: () => true,
      exit: () => done(),
      get: () => {},
      put: () => done(),
      err: note,
      log: (_: string, text: string) => void note(text),
      info: () => done(),
      warnOn: warn,
      warnOnOnce: warn,
      addActionOrReset: () => done(0),
      mutexInit: () => 0,
      mmapLock: new RwSemaphore(m, "i_mmap_rwsem"),
    },
    pdev: { irqs: { mmu: 65 }, failures: new ProbeFailures() },
    pmRuntime: { status: "active" },
    coherent: false,
    gpuInfo: { mmuFeatures: 0x2830, asPresent: 0xff },
    mmuInfo: { pageSizeBitmap: 0 },
    gems: { lock: new Mutex(m, "gems.lock"), list: new Set() },
  } as unknown as PanthorDevice;
  const nothing = (): Kernel<void> => done();
  const self: { -readonly [K in keyof Bench]?: Bench[K] } = {
    m,
    drv,
    ptdev,
    mmio,
    memory,
    events,
    warnings,
    krefs,
  };
  self.flushResult = 0;
  Object.assign(drv, {
    device: {
      ...irqOps(drv),
      requestIrq: () => done(0),
      scheduleReset: () => (events.push("reset"), done()),
      exceptionName: () => "TRANSLATION_FAULT_1",
    },
    gpu: { flushCaches: () => (mmio.log.push("flush"), done(self.flushResult)) },
    sched: {
      prepareForVmDestruction: nothing,
      reportMmuFault: () => (events.push("report"), done()),
    },
    heap: { poolDestroy: nothing, poolGet: () => null, poolSize: () => 0 },
    fw: { vm: () => null },
    drv: { cleanupWq: wq.alloc("panthor-cleanup", { unbound: true }) },
  });
  drv.mmu = mmuOps(drv);
  drv.gem = gemOps(drv);

  self.run = <A>(body: () => Kernel<A>): A => {
    let result: { readonly value: A } | null = null;
    const task = m.createTask({
      comm: "user",
      *body() {
        result = { value: yield* body() };
      },
    });
    m.sched.wakeNew(task);
    m.run(m.now + 10e9);
    if (result === null) throw new Error("the task did not finish");
    return (result as { value: A }).value;
  };
  const run = self.run;
  run(() => drv.gem.shrinkerInit(ptdev));
  run(() => drv.mmu.init(ptdev));
  const pfile = { ptdev, vms: null as PanthorVmPool | null };
  run(() => drv.mmu.vmPoolCreate(pfile as never));
  self.pool = pfile.vms!;
  const handles = new Map<number, DrmGemObject>();
  const handleNodes = new XaNodes();
  self.file = { clientId: 1, handles, handleNodes, pfile } as unknown as DrmFile;
  self.newVm = (userVaRange = 0) => {
    const args = { flags: 0, id: 0, userVaRange };
    const id = run(() => drv.mmu.vmPoolCreateVm(ptdev, self.pool!, args));
    return self.pool!.xa.get(id)!;
  };
  self.take = () => mmio.log.splice(0);
  mmio.log.length = 0;
  return self as Bench;
}

/** STATUS stays busy: commands time out. */
export function stick(b: Bench, as: number): void {
  b.mmio.values.set(0x2428 + (as << 6), 1n);
}

export const timedOut = -ETIMEDOUT;
