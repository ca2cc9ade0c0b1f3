// The simulated kernel as one object: the machine and all of its subsystems, as drivers use them.

import type { Recorder } from "../timeline/recorder.ts";
import type { BootState } from "./boot.ts";
import { ClkCore } from "./clk.ts";
import type { Machine } from "./core/machine.ts";
import type { Kernel } from "./core/op.ts";
import { Fences } from "./dma-fence/fences.ts";
import { Files } from "./fput.ts";
import { Irqs } from "./irq/irqs.ts";
import { KrefRegistry } from "./kref.ts";
import { Kthreads } from "./kthread.ts";
import { Lockdep, type LockdepOptions } from "./lock/lockdep.ts";
import { PhysicalMemory, type PhysicalMemoryOptions } from "./memory/physical-memory.ts";
import { type KernelVersion, kernel73 } from "./kernel-version.ts";
import type { PmHost, PmWork } from "./pm/rpm-state.ts";
import { Freezer } from "./pm/freezer.ts";
import { RuntimePm } from "./pm/runtime-pm.ts";
import { SystemSleep } from "./pm/system-sleep.ts";
import { Random } from "./random.ts";
import { Rcu } from "./rcu/rcu.ts";
import { reportLeftHeld } from "./lock/left-held.ts";
import { oops } from "./oops.ts";
import { Srcu } from "./srcu.ts";
import type { ClockOptions } from "./time/clock.ts";
import { Time } from "./time/time.ts";
import { Work } from "./workqueue/work.ts";
import type { Workqueue } from "./workqueue/workqueue.ts";
import { Workqueues, type WorkqueuesOptions } from "./workqueue/workqueues.ts";

export interface LinuxOptions {
  readonly m: Machine;
  /** Clock of the profile; without grain when not given. */
  readonly clock?: ClockOptions;
  /** From an interrupt line's rise to the CPU's interrupt, ns. */
  readonly irqDelayNs?: number;
  /** Boot option `threadirqs`: hard handlers run in threads. */
  readonly threadirqs?: boolean;
  /** Lock validation; off only with false. */
  readonly lockdep?: LockdepOptions | false;
  readonly workqueues?: WorkqueuesOptions;
  readonly memory?: PhysicalMemoryOptions;
  /**
   * What else runs in the kernel; when not given, that of the recordings for a clock like theirs
   * on one CPU. Null: nothing.
   */
  readonly boot?: BootState | null;
  /** Which kernel it is; 7.3 when not given. */
  readonly version?: KernelVersion;
}

/** Everything that driver code reaches through `drv.linux`. */
export interface Linux extends PmHost {
  readonly m: Machine;
  readonly rec: Recorder;
  readonly lockdep: Lockdep | null;
  readonly time: Time;
  readonly kthread: Kthreads;
  readonly wq: Workqueues;
  readonly irqs: Irqs;
  readonly fences: Fences;
  readonly memory: PhysicalMemory;
  readonly rcu: Rcu;
  readonly krefs: KrefRegistry;
  readonly version: KernelVersion;
  readonly clks: ClkCore;
  readonly files: Files;
  readonly freezer: Freezer;
  readonly sleep: SystemSleep;
  /** What was under way at boot; null: nothing. */
  readonly boot: BootState | null;
  /** Runtime PM of the platform bus root: disabled, parent of all platform devices. */
  readonly platformBus: RuntimePm;
  /** A bug that kills the current task; never returns. */
  readonly oops: (text: string, where: string) => Kernel<never>;
}

/** Parts of the kernel that can be made elsewhere and handed in (see linux-services.ts). */
export interface LinuxParts {
  readonly lockdep?: Lockdep | null;
  readonly time?: Time;
  readonly kthread?: Kthreads;
  readonly wq?: Workqueues;
  readonly irqs?: Irqs;
  readonly fences?: Fences;
  readonly memory?: PhysicalMemory;
}

/** Builds the subsystems on a machine, in the order in which they depend on each other. */
export function makeLinux(options: LinuxOptions, parts: LinuxParts = {}): Linux {
  const { m } = options;
  const lockdep = parts.lockdep !== undefined ? parts.lockdep : makeLockdep(m, options.lockdep);
  const krefs = new KrefRegistry();
  m.krefs = krefs;
  const { version = kernel73 } = options;
  const { pollReadsFirst } = version;
  const time = parts.time ?? new Time(m, { clock: options.clock, pollReadsFirst });
  const kthread = parts.kthread ?? new Kthreads(m);
  const wq = parts.wq ?? new Workqueues(m, time.timers, kthread, options.workqueues);
  const irqs =
    parts.irqs ??
    new Irqs(m, time, kthread, {
      irqDelayNs: options.irqDelayNs ?? 0,
      threadirqs: options.threadirqs,
    });
  const fences = parts.fences ?? new Fences(m, time.clock);
  fences.signalling = lockdep;
  fences.freeGivesWay = version.freeGivesWay;
  if (version.stubMadeLate) fences.stubClock = () => time.ktimeGet();
  const memory = parts.memory ?? new PhysicalMemory(options.memory);
  fences.memory = memory;
  memory.failNth.onFailure = () => m.rec.log("info", "FAULT_INJECTION: forcing a failure.");
  m.leftHeld = (ctx) => reportLeftHeld(m, ctx);
  const rcuWq = wq.alloc("rcu_gp");
  const syncWq = wq.alloc("sync_wq", { unbound: true, memReclaim: true });
  const rcu = new Rcu(m, {
    jiffies: () => time.jiffies,
    makeSrcu: (name) => new Srcu(time, rcuWq, name),
    syncWq,
    version: version.rcu,
  });
  time.timers.tickUsers.push(rcu);
  fences.callRcu = (fn) => rcu.callRcu(fn);
  const files = new Files(m, wq.systemWq, rcu, () => kthread.isThread(m.current!));
  const recorded = time.clock.options.deviceSharesClockEvent && m.cpus.length === 1;
  const boot = options.boot === undefined && recorded ? version.boot(m.hz) : options.boot;
  if (boot !== undefined && boot !== null) startBackground(time, wq, rcuWq, boot);
  const pmWq = wq.alloc("pm", { freezable: true, unbound: version.pmUnbound });
  const pmWork = (functionName: string, fn: () => Kernel<void>): PmWork => {
    const work = new Work(functionName, fn);
    return { queue: () => pmWq.queueWork(work), cancelSync: () => wq.cancelWorkSync(work) };
  };
  const { putMarksBusy } = version;
  const host: PmHost = { m, time, pmWork, putMarksBusy };
  const platformBus = new RuntimePm(host, "platform");
  const freezer = new Freezer(m, time, wq);
  const sleep = new SystemSleep(m, freezer, irqs);
  sleep.devices.push({ pm: platformBus, driver: "platform", parent: "none", ops: null });
  return {
    m,
    rec: m.rec,
    lockdep,
    time,
    kthread,
    wq,
    irqs,
    fences,
    memory,
    rcu,
    krefs,
    version,
    clks: new ClkCore(m),
    pmWork,
    freezer,
    sleep,
    platformBus,
    putMarksBusy,
    files,
    boot: boot ?? null,
    oops: (text, where) => oops(m, text, where),
  };
}

/** The rest of the system, as far as it was recorded beside the driver. */
function startBackground(time: Time, wq: Workqueues, rcuWq: Workqueue, boot: BootState): void {
  time.hrtimers.random = new Random(time, wq, boot);
  const armed = time.bootJiffies + (boot.srcuTick ?? 0);
  if (boot.srcuTick !== null && armed >= time.jiffies) {
    new Srcu(time, rcuWq, "boot").startAtBoot(armed);
  }
}

function makeLockdep(m: Machine, options: LockdepOptions | false | undefined): Lockdep | null {
  return options === false ? null : new Lockdep(m, options ?? {});
}
