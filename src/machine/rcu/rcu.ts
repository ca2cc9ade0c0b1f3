// Read-copy-update, as far as drivers can see it: reader sections, callbacks and waiters. Kernel:
// kernel/rcu/tree.c. Grace periods are in grace-periods.ts. Callbacks wait for a tick, which raises
// the RCU softirq; it asks for a grace period, and runs them behind it, the rest in ksoftirqd.

import type { Cpu } from "../core/cpu.ts";
import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import type { Srcu } from "../srcu.ts";
import type { TickUser } from "../time/timers.ts";
import { Completion } from "../wait/completion.ts";
import type { Workqueue } from "../workqueue/workqueue.ts";
import type { RcuCallback } from "./callback-list.ts";
import { GracePeriods } from "./grace-periods.ts";
import { Ksoftirqd } from "./ksoftirqd.ts";
import type { RcuData } from "./rcu-data.ts";
import { SyncWaiters } from "./sync-waiters.ts";

/** Softirq vector of RCU callbacks. */
const RCU_SOFTIRQ = 9;

/** DEFAULT_RCU_BLIMIT: callbacks of one go while somebody else wants the CPU. */
const blimit = 10;

/** rcu_divisor: of many callbacks this part at a time, as a shift. */
const divisorShift = 7;

/** MAX_SOFTIRQ_RESTART. */
const maxSoftirqRestart = 10;

/** What kernels do in different ways. */
export interface RcuVersion {
  /** pids of `rcu_preempt` and of `ksoftirqd/0`. */
  readonly pid: number;
  readonly ksoftirqdPid: number;
  /** rcu_gp_init() reports for the CPU of the thread (7.3). */
  readonly reportsAtStart: boolean;
  /** rcu_normal_wake_from_gp: the thread wakes who waits in synchronize_rcu(), not a callback. */
  readonly wakesFromGp: boolean;
}

export const rcu73: RcuVersion = {
  pid: 15,
  ksoftirqdPid: 14,
  reportsAtStart: true,
  wakesFromGp: true,
};

export const rcu612: RcuVersion = {
  pid: 16,
  ksoftirqdPid: 15,
  reportsAtStart: false,
  wakesFromGp: false,
};

export interface RcuHost {
  readonly jiffies: () => number;
  readonly makeSrcu: (name: string) => Srcu;
  /** sync_wq. */
  readonly syncWq: Workqueue;
  readonly version?: RcuVersion;
}

export class Rcu implements TickUser {
  /** drm_unplug_srcu, the one SRCU domain that DRM drivers use. */
  readonly unplugSrcu: Srcu;
  private readonly version: RcuVersion;
  private readonly gps: GracePeriods;
  private readonly waiters: SyncWaiters;
  private readonly softirqd: Ksoftirqd;

  constructor(
    private readonly m: Machine,
    host: RcuHost,
  ) {
    this.version = host.version ?? rcu73;
    const { pid, ksoftirqdPid, reportsAtStart } = this.version;
    this.waiters = new SyncWaiters(host.syncWq);
    this.gps = new GracePeriods(m, {
      pid,
      reportsAtStart,
      jiffies: host.jiffies,
      begins: () => this.waiters.begin(),
      ends: () => this.waiters.end(),
    });
    this.softirqd = new Ksoftirqd(m, ksoftirqdPid, (cpu) => this.handle(cpu));
    m.rcu = this;
    m.softirqs[RCU_SOFTIRQ] = (cpu) => this.softirq(cpu);
    this.unplugSrcu = host.makeSrcu("drm_unplug_srcu");
  }

  /** rcu_read_lock(). */
  readLock(): void {
    const { ctx } = this.m;
    if (ctx !== null) ctx.rcuDepth++;
  }

  /** rcu_read_unlock(): a section that was preempted reports its end. */
  readUnlock(): Atomic {
    const { ctx } = this.m;
    if (ctx === null || --ctx.rcuDepth > 0 || !ctx.rcuBlocks) return done();
    return this.gps.leave(ctx);
  }

  /** rcu_read_lock_held(), for the current context. */
  get readLockHeld(): boolean {
    return this.m.ctx !== null && this.m.ctx.rcuDepth > 0;
  }

  noteContextSwitch(cpu: Cpu, prev: Task): void {
    this.gps.noteContextSwitch(cpu, prev);
  }

  private rdp(cpu: Cpu | null): RcuData {
    return this.gps.cpus[cpu?.id ?? 0];
  }

  /** call_rcu(): `fn` runs in softirq context after a grace period. */
  callRcu(fn: RcuCallback): void {
    this.rdp(this.m.cpu).callbacks.enqueue(fn);
  }

  /** call_rcu() of a function that only frees memory: all that shows is the grace period. */
  freeRcu(): void {
    this.callRcu(() => done());
  }

  /** rcu_sched_clock_irq(). */
  tick(cpu: Cpu): void {
    const rdp = this.rdp(cpu);
    if (mayBeQuiescent(cpu)) rdp.noQs = false;
    if (this.gps.hasWork(rdp)) this.m.raiseSoftirq(cpu, RCU_SOFTIRQ);
  }

  /** rcu_needs_cpu(). */
  needsTick(cpu: Cpu): boolean {
    return !this.rdp(cpu).callbacks.empty;
  }

  /** synchronize_rcu(). */
  *synchronizeRcu(): Kernel {
    const over = new Completion(this.m, "synchronize_rcu");
    if (this.version.wakesFromGp) {
      this.waiters.add(over);
      yield* this.gps.request();
    } else this.callRcu(() => over.complete());
    yield* over.wait();
  }

  /** rcu_barrier(): waits until every callback queued so far has run. */
  *barrier(): Kernel {
    for (const { callbacks } of this.gps.cpus) {
      const over = new Completion(this.m, "rcu_barrier");
      if (callbacks.entrain(() => over.complete())) yield* over.wait();
    }
  }

  /** handle_softirqs(): what is raised again waits for ksoftirqd if a task is to run. */
  private *softirq(cpu: Cpu): Atomic {
    if (yield* this.handle(cpu)) yield* this.softirqd.wake(cpu);
  }

  /** Goes on until nothing is left (false) or it is time to give way (true). */
  private *handle(cpu: Cpu): Atomic<boolean> {
    for (let restarts = maxSoftirqRestart; yield* this.core(cpu);)
      if (cpu.needResched || --restarts === 0) return true;
    return false;
  }

  /** rcu_core(): true if callbacks are left that may run. */
  private *core(cpu: Cpu): Atomic<boolean> {
    const rdp = this.rdp(cpu);
    yield* this.gps.checkQuiescentState(rdp);
    if (!this.gps.inProgress && rdp.callbacks.unassigned) yield* this.gps.assign(rdp);
    if (rdp.callbacks.ready > 0) yield* this.doBatch(cpu, rdp);
    return rdp.callbacks.ready > 0;
  }

  /** rcu_do_batch(). */
  private *doBatch(cpu: Cpu, { callbacks }: RcuData): Atomic {
    const limit = Math.max(blimit, callbacks.ready >> divisorShift);
    const batch = callbacks.takeDone();
    let count = 0;
    while (count < batch.length) {
      yield* batch[count++]();
      if (count >= limit && (cpu.needResched || cpu.task !== cpu.idle)) break;
    }
    callbacks.putBackDone(batch.slice(count));
  }
}

/**
 * rcu_flavor_sched_clock_irq(): what the tick interrupts is no reader section, nor has it switched
 * off preemption or softirqs. The idle loop runs without preemption.
 */
function mayBeQuiescent({ task, idle, softirqDepth }: Cpu): boolean {
  if (task === idle || softirqDepth > 0 || task.rcuDepth > 0) return false;
  return task.preemptCount === (task.readsClock ? 1 : 0);
}
