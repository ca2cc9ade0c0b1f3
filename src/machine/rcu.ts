// Read-copy-update, as far as drivers can see it. Kernel: kernel/rcu/tree.c, whose grace period
// machinery (and its many events) is reduced to this: a grace period ends when every reader
// section that was running when it was asked for has ended. synchronize_rcu() goes through the
// `rcu_preempt` thread, as expedited grace periods do; callbacks run in softirq context, at least
// `callbackDelayNs` later.

import type { Context, Task } from "./core/context.ts";
import type { Machine } from "./core/machine.ts";
import type { Atomic, Kernel } from "./core/op.ts";
import type { Srcu } from "./srcu.ts";
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
  /** The earliest end has come. */
  due: boolean;
  readonly callbacks: Array<() => Atomic<void>>;
}

export interface RcuOptions {
  /** From call_rcu() to its callback while nobody reads, ns. */
  readonly callbackDelayNs: number;
  /** pid of the `rcu_preempt` thread. */
  readonly pid?: number;
}

export class Rcu {
  /** drm_unplug_srcu, the one SRCU domain that DRM drivers use. */
  readonly unplugSrcu: Srcu;
  private readonly readers = new Map<Context, { depth: number; readonly token: object }>();
  private readonly callbacks: GracePeriod[] = [];
  private open: GracePeriod | null = null;
  private expedited: Array<{ readonly gp: GracePeriod; readonly done: Completion }> = [];
  /** Waiters of ended grace periods that the work item is to wake. */
  private readonly left: { readonly done: Completion }[] = [];
  private readonly cleanupWork = new Work("rcu_sr_normal_gp_cleanup_work", () => this.cleanup());
  private readonly ready: Array<() => Atomic<void>> = [];
  private readonly thread: Task;

  constructor(
    private readonly m: Machine,
    private readonly options: RcuOptions,
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
    for (const gp of this.callbacks) gp.readers.delete(reader.token);
    for (const { gp } of this.expedited) gp.readers.delete(reader.token);
    this.endCallbacks();
    if (this.expedited.length > 0) yield* wakeUpProcess(this.m, this.thread);
  }

  /** rcu_read_lock_held(), for the current context. */
  get readLockHeld(): boolean {
    return this.m.ctx !== null && this.readers.has(this.m.ctx);
  }

  private currentReaders(): object[] {
    return [...this.readers.values()].map(({ token }) => token);
  }

  /** call_rcu(): `fn` runs in softirq context after a grace period. */
  callRcu(fn: () => Atomic<void>): void {
    if (this.open === null) {
      const gp: GracePeriod = { readers: new Set(), due: false, callbacks: [] };
      this.open = gp;
      this.callbacks.push(gp);
      this.m.after(this.options.callbackDelayNs, () => {
        // Callbacks that come from now on need a grace period of their own.
        if (this.open === gp) this.open = null;
        gp.due = true;
        this.endCallbacks();
      });
    }
    this.open.callbacks.push(fn);
    for (const token of this.currentReaders()) this.open.readers.add(token);
  }

  /** synchronize_rcu(). */
  *synchronizeRcu(): Kernel {
    const done = new Completion(this.m, "synchronize_rcu");
    const gp: GracePeriod = { readers: new Set(this.currentReaders()), due: true, callbacks: [] };
    this.expedited.push({ gp, done });
    yield* wakeUpProcess(this.m, this.thread);
    yield* done.wait();
  }

  /** rcu_barrier(): waits until every callback queued so far has run. */
  *barrier(): Kernel {
    if (this.callbacks.length === 0 && this.ready.length === 0) return;
    const done = new Completion(this.m, "rcu_barrier");
    this.callRcu(() => done.complete());
    yield* done.wait();
  }

  /** rcu_gp_kthread(), for expedited grace periods. */
  private *loop(): Kernel {
    const { m } = this;
    for (;;) {
      const { expedited } = this;
      m.setState("I", { what: "RCU grace periods" });
      const ended = expedited.filter(({ gp }) => gp.readers.size === 0);
      if (ended.length === 0) {
        yield* m.sleep();
        continue;
      }
      m.setState("R");
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

  private endCallbacks(): void {
    const { m, callbacks } = this;
    let ended = false;
    while (callbacks.length > 0 && callbacks[0].due && callbacks[0].readers.size === 0) {
      this.ready.push(...callbacks.shift()!.callbacks);
      ended = true;
    }
    if (!ended) return;
    m.interrupt(m.cpus[0], { name: "rcu", cause: m.at.cause, start: () => this.raise() });
  }

  // eslint-disable-next-line require-yield
  private *raise(): Atomic {
    this.m.raiseSoftirq(this.m.cpu!, RCU_SOFTIRQ);
  }

  private *softirq(): Atomic {
    for (const fn of this.ready.splice(0)) yield* fn();
  }
}
