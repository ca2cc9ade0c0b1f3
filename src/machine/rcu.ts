// Read-copy-update, as far as drivers can see it. Kernel: kernel/rcu/tree.c, whose grace period
// machinery (and its many events) is reduced to this: a grace period ends when every reader
// section that was running when it was asked for has ended. synchronize_rcu() wakes the
// `rcu_preempt` thread at once; callbacks of call_rcu() wait for a tick, which wakes the thread,
// and run in softirq context at the tick after their grace period.

import type { Context, Task } from "./core/context.ts";
import type { Cpu } from "./core/cpu.ts";
import type { Machine } from "./core/machine.ts";
import { type Atomic, done, type Kernel } from "./core/op.ts";
import type { Srcu } from "./srcu.ts";
import type { TickUser } from "./time/timers.ts";
import { Completion } from "./wait/completion.ts";
import { wakeUpProcess } from "./wait/wake.ts";
import { Work } from "./workqueue/work.ts";
import type { Workqueue } from "./workqueue/workqueue.ts";

/** Softirq vector of RCU callbacks. */
export const RCU_SOFTIRQ = 9;

/** SR_MAX_USERS_WAKE_FROM_GP. */
const wakeFromGpMax = 5;

interface GracePeriod {
  /** Reader sections that it waits for. */
  readonly readers: Set<object>;
  readonly callbacks: readonly Callback[];
}

type Callback = () => Atomic<void>;

export interface RcuOptions {
  /** pid of the `rcu_preempt` thread. */
  readonly pid?: number;
}

export class Rcu implements TickUser {
  /** drm_unplug_srcu, the one SRCU domain that DRM drivers use. */
  readonly unplugSrcu: Srcu;
  private readonly readers = new Map<Context, { depth: number; readonly token: object }>();
  /** Callbacks without a grace period yet, the one under way, and those that may run. */
  private pending: Callback[] = [];
  private current: GracePeriod | null = null;
  private readonly ready: Callback[] = [];
  private expedited: Array<{ readonly gp: GracePeriod; readonly done: Completion }> = [];
  /** Waiters of ended grace periods that the work item is to wake. */
  private readonly left: { readonly done: Completion }[] = [];
  private readonly cleanupWork = new Work("rcu_sr_normal_gp_cleanup_work", () => this.cleanup());
  private readonly thread: Task;

  constructor(
    private readonly m: Machine,
    options: RcuOptions,
    makeSrcu: (name: string) => Srcu,
    /** sync_wq. */
    private readonly cleanupWq: Workqueue,
  ) {
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
    if (ctx === null) return;
    const reader = this.readers.get(ctx);
    if (reader === undefined) this.readers.set(ctx, { depth: 1, token: {} });
    else reader.depth++;
  }

  /** rcu_read_unlock(): the last reader may let grace periods end. */
  *readUnlock(): Atomic {
    const { ctx } = this.m;
    const reader = ctx === null ? undefined : this.readers.get(ctx);
    if (reader === undefined || --reader.depth > 0) return;
    this.readers.delete(ctx!);
    this.current?.readers.delete(reader.token);
    for (const { gp } of this.expedited) gp.readers.delete(reader.token);
    if (this.current !== null || this.expedited.length > 0) {
      yield* wakeUpProcess(this.m, this.thread);
    }
  }

  /** rcu_read_lock_held(), for the current context. */
  get readLockHeld(): boolean {
    return this.m.ctx !== null && this.readers.has(this.m.ctx);
  }

  private newGracePeriod(callbacks: readonly Callback[]): GracePeriod {
    const readers = new Set([...this.readers.values()].map(({ token }) => token));
    return { readers, callbacks };
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
    const start = this.current === null && this.pending.length > 0;
    if (start || this.ready.length > 0) this.m.raiseSoftirq(cpu, RCU_SOFTIRQ);
  }

  /** rcu_needs_cpu(). */
  needsTick(): boolean {
    return this.pending.length + this.ready.length > 0 || this.current !== null;
  }

  /** synchronize_rcu(). */
  *synchronizeRcu(): Kernel {
    const done = new Completion(this.m, "synchronize_rcu");
    this.expedited.push({ gp: this.newGracePeriod([]), done });
    yield* wakeUpProcess(this.m, this.thread);
    yield* done.wait();
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
      const { expedited, current } = this;
      m.setState("I", { what: "RCU grace periods" });
      if (current !== null && current.readers.size === 0) {
        this.ready.push(...current.callbacks);
        this.current = null;
      }
      const ended = expedited.filter(({ gp }) => gp.readers.size === 0);
      if (ended.length === 0) {
        yield* m.sleep();
        continue;
      }
      m.setState("R");
      if (this.current === null && this.pending.length > 0) {
        // rcu_gp_init() notices callbacks that came since; another grace period follows at once.
        this.current = this.newGracePeriod(this.pending);
        this.pending = [];
      }
      this.expedited = expedited.filter((e) => !ended.includes(e));
      yield* this.wakeWaiters(ended.reverse());
    }
  }

  /**
   * rcu_sr_normal_gp_cleanup(): waiters are a stack, so the last to come is woken first; the
   * thread wakes a few itself and leaves the rest to a work item.
   */
  private *wakeWaiters(waiters: readonly { readonly done: Completion }[]): Atomic {
    for (const { done } of waiters.slice(0, wakeFromGpMax)) yield* done.complete();
    const rest = waiters.slice(wakeFromGpMax);
    if (rest.length === 0) return;
    this.left.push(...rest);
    yield* this.cleanupWq.queueWork(this.cleanupWork);
  }

  /** rcu_sr_normal_gp_cleanup_work(). */
  private *cleanup(): Kernel {
    for (const { done } of this.left.splice(0)) yield* done.complete();
  }

  /** rcu_core(): runs what is ready and starts a grace period for what is new. */
  private *softirq(): Atomic {
    for (const fn of this.ready.splice(0)) yield* fn();
    if (this.current !== null || this.pending.length === 0) return;
    this.current = this.newGracePeriod(this.pending);
    this.pending = [];
    yield* wakeUpProcess(this.m, this.thread);
  }
}
