// Read-copy-update, as far as drivers can see it. Kernel: kernel/rcu/tree.c, whose grace period
// machinery (and its many events) is reduced to this: a grace period ends when every reader
// section that was running when it began has ended. The `rcu_preempt` thread carries it out:
// synchronize_rcu() wakes it at once; callbacks of call_rcu() wait for a tick, which wakes it, and
// run in softirq context at the tick after their grace period, or the rest of them in ksoftirqd.

import type { Context, Task } from "./core/context.ts";
import type { Cpu } from "./core/cpu.ts";
import type { Machine } from "./core/machine.ts";
import { type Atomic, done, type Kernel } from "./core/op.ts";
import type { Srcu } from "./srcu.ts";
import type { TickUser } from "./time/timers.ts";
import { Completion } from "./wait/completion.ts";
import { scheduleTimeout } from "./wait/schedule.ts";
import { wakeUpProcess } from "./wait/wake.ts";
import { Work } from "./workqueue/work.ts";
import type { Workqueue } from "./workqueue/workqueue.ts";

/** Softirq vector of RCU callbacks. */
export const RCU_SOFTIRQ = 9;

/** jiffies_till_first_fqs. */
const fqsJiffies = 1;

/** DEFAULT_RCU_BLIMIT: callbacks of one go while somebody else wants the CPU. */
const blimit = 10;

/** SR_MAX_USERS_WAKE_FROM_GP. */
const wakeFromGpMax = 5;

interface GracePeriod {
  /** Contexts inside a reader section that it waits for. */
  readonly readers: Set<Context>;
  readonly callbacks: readonly Callback[];
  /** Tasks in synchronize_rcu(), first come first. */
  readonly waiters: readonly Completion[];
}

type Callback = () => Atomic<void>;

export interface RcuOptions {
  /** pid of the `rcu_preempt` thread. */
  readonly pid?: number;
}

export class Rcu implements TickUser {
  /** drm_unplug_srcu, the one SRCU domain that DRM drivers use. */
  readonly unplugSrcu: Srcu;
  /** Callbacks without a grace period yet, the one under way, and those that may run. */
  private readonly pending: Callback[] = [];
  private current: GracePeriod | null = null;
  private readonly ready: Callback[] = [];
  /** synchronize_rcu() without a grace period yet. */
  private synchronizing: Completion[] = [];
  /** A grace period was asked for; the thread has been woken. */
  private requested = false;
  /** Waiters of ended grace periods that the work item is to wake. */
  private readonly left: Completion[] = [];
  private readonly cleanupWork = new Work("rcu_sr_normal_gp_cleanup_work", () => this.cleanup());
  private readonly thread: Task;
  private softirqd: Task | null = null;

  constructor(
    private readonly m: Machine,
    options: RcuOptions,
    makeSrcu: (name: string) => Srcu,
    /** sync_wq. */
    private readonly cleanupWq: Workqueue,
  ) {
    m.rcu = this;
    m.softirqs[RCU_SOFTIRQ] = () => this.softirq();
    this.thread = m.createTask({
      comm: "rcu_preempt",
      pid: options.pid ?? 15,
      body: () => this.loop(),
    });
    this.thread.state = "I";
    this.unplugSrcu = makeSrcu("drm_unplug_srcu");
  }

  /** rcu_read_lock(). */
  readLock(): void {
    const { ctx } = this.m;
    if (ctx !== null) ctx.rcuDepth++;
  }

  /** rcu_read_unlock(): a section that held up a grace period reports its end. */
  readUnlock(): Atomic {
    const { ctx } = this.m;
    if (ctx === null || --ctx.rcuDepth > 0 || !ctx.rcuBlocks) return done();
    return this.unlockSpecial(ctx);
  }

  /** rcu_read_unlock_special(). */
  private *unlockSpecial(ctx: Context): Atomic {
    ctx.rcuBlocks = false;
    const { current } = this;
    if (current === null || !current.readers.delete(ctx) || current.readers.size > 0) return;
    yield* wakeUpProcess(this.m, this.thread);
  }

  /** rcu_read_lock_held(), for the current context. */
  get readLockHeld(): boolean {
    return this.m.ctx !== null && this.m.ctx.rcuDepth > 0;
  }

  /** call_rcu(): `fn` runs in softirq context after a grace period. */
  callRcu(fn: Callback): void {
    this.pending.push(fn);
  }

  /** call_rcu() of a function that only frees memory: all that shows is the grace period. */
  freeRcu(): void {
    this.callRcu(() => done());
  }

  /** rcu_sched_clock_irq(): the tick looks for work. */
  tick(cpu: Cpu): void {
    const start = this.current === null && !this.requested && this.pending.length > 0;
    if (start || this.ready.length > 0) this.m.raiseSoftirq(cpu, RCU_SOFTIRQ);
  }

  /** rcu_needs_cpu(). */
  needsTick(): boolean {
    return this.pending.length + this.ready.length > 0 || this.current !== null;
  }

  /** synchronize_rcu(). */
  *synchronizeRcu(): Kernel {
    const done = new Completion(this.m, "synchronize_rcu");
    this.synchronizing.push(done);
    yield* this.request();
    yield* done.wait();
  }

  /** rcu_start_this_gp(): one under way goes on first. */
  private *request(): Atomic {
    if (this.current !== null || this.requested) return;
    this.requested = true;
    yield* wakeUpProcess(this.m, this.thread);
  }

  /** rcu_barrier(): waits until every callback queued so far has run. */
  *barrier(): Kernel {
    if (!this.needsTick()) return;
    const done = new Completion(this.m, "rcu_barrier");
    this.callRcu(() => done.complete());
    yield* done.wait();
  }

  /** rcu_gp_kthread(). */
  private *loop(): Kernel {
    const { m } = this;
    for (;;) {
      m.setState("I", { what: "RCU grace periods" });
      if (!this.requested && this.synchronizing.length === 0) {
        yield* m.sleep();
        continue;
      }
      m.setState("R");
      yield* this.gracePeriod();
    }
  }

  /** rcu_gp_init(), rcu_gp_fqs_loop(), rcu_gp_cleanup(). */
  private *gracePeriod(): Kernel {
    const { m } = this;
    this.requested = false;
    const gp: GracePeriod = {
      readers: this.readersNow(),
      callbacks: this.pending.splice(0),
      waiters: this.synchronizing.splice(0),
    };
    this.current = gp;
    while (gp.readers.size > 0) {
      m.setState("I", { what: "RCU readers" });
      yield* scheduleTimeout(m, fqsJiffies);
    }
    m.setState("R");
    this.current = null;
    this.ready.push(...gp.callbacks);
    yield* this.wakeWaiters(gp.waiters.toReversed());
  }

  /** Contexts inside a reader section: preempted tasks, and what runs on the CPUs. */
  private readersNow(): Set<Context> {
    const { m } = this;
    const readers = new Set<Context>();
    const add = (ctx: Context): void => {
      if (ctx.rcuDepth === 0) return;
      ctx.rcuBlocks = true;
      readers.add(ctx);
    };
    for (const task of m.tasks) add(task);
    for (const cpu of m.cpus) for (const ctx of [...cpu.stack, cpu.ctx]) add(ctx);
    return readers;
  }

  /**
   * rcu_sr_normal_gp_cleanup(): waiters are a stack, so the last to come is woken first; the
   * thread wakes a few itself and leaves the rest to a work item.
   */
  private *wakeWaiters(waiters: readonly Completion[]): Atomic {
    for (const waiter of waiters.slice(0, wakeFromGpMax)) yield* waiter.complete();
    const rest = waiters.slice(wakeFromGpMax);
    if (rest.length === 0) return;
    this.left.push(...rest);
    yield* this.cleanupWq.queueWork(this.cleanupWork);
  }

  /** rcu_sr_normal_gp_cleanup_work(). */
  private *cleanup(): Kernel {
    for (const waiter of this.left.splice(0)) yield* waiter.complete();
  }

  /** rcu_core(): starts a grace period for what is new and runs what is ready. */
  private *softirq(): Atomic {
    if (this.pending.length > 0) yield* this.request();
    const cpu = this.m.cpu!;
    while (this.ready.length > 0) {
      yield* this.doBatch();
      // handle_softirqs(): what is raised again waits for ksoftirqd if a task is to run.
      if (this.ready.length > 0 && cpu.needResched) {
        yield* wakeUpProcess(this.m, this.ksoftirqd());
        return;
      }
    }
  }

  /** rcu_do_batch(). */
  private *doBatch(): Atomic {
    const { m, ready } = this;
    const cpu = m.cpu!;
    for (let count = 1; ready.length > 0; count++) {
      yield* ready.shift()!();
      const wanted = cpu.needResched || cpu.task !== cpu.idle;
      // Where callbacks of several CPUs lie is not modelled: there they run in one go.
      if (count >= blimit && wanted && m.cpus.length === 1) return;
    }
  }

  /** `ksoftirqd/0`: it is there from the start, and shows from its first wake-up on. */
  private ksoftirqd(): Task {
    if (this.softirqd === null) {
      this.softirqd = this.m.createTask({
        comm: "ksoftirqd/0",
        pid: 14,
        body: () => this.runKsoftirqd(),
      });
      this.softirqd.state = "S";
    }
    return this.softirqd;
  }

  /** run_ksoftirqd(), for RCU. */
  private *runKsoftirqd(): Kernel {
    const { m } = this;
    for (;;) {
      m.setState("S", { what: "softirqs" });
      if (this.ready.length === 0) {
        yield* m.sleep();
        continue;
      }
      m.setState("R");
      yield* this.doBatch();
    }
  }
}
