// wait_queue_head_t: kernel/sched/wait.c, include/linux/wait.h (___wait_event). Plain waiters are
// put at the head of the queue, exclusive ones at its tail; callbacks model poll and eventfd waits.

import type { Task, TaskState, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { ERESTARTSYS } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { maxScheduleTimeout, scheduleTimeout } from "./schedule.ts";

/** wait_queue_entry_t: a sleeping task or a wake-up function. */
export interface WaitEntry {
  readonly task: Task | null;
  readonly exclusive: boolean;
  /** Called under the queue's lock, interrupts off. */
  readonly wake?: () => void;
}

/** wait_queue_head_t. */
export class WaitQueue {
  private readonly entries: WaitEntry[] = [];
  private readonly reason: WaitReason;

  constructor(
    private readonly m: Machine,
    readonly name: string,
  ) {
    this.reason = { what: `wait queue ${name}` };
  }

  /** waitqueue_active(). */
  get active(): boolean {
    return this.entries.length > 0;
  }

  /** wake_up(): all plain waiters and one exclusive waiter. */
  wakeUp(): Atomic {
    return this.wakeCommon(1);
  }

  /** wake_up_all(). */
  wakeUpAll(): Atomic {
    return this.wakeCommon(Infinity);
  }

  /** add_wait_queue() of an entry with a wake-up function. */
  add(wake: () => void): WaitEntry {
    const entry: WaitEntry = { task: null, exclusive: false, wake };
    this.entries.unshift(entry);
    return entry;
  }

  /** remove_wait_queue(). */
  remove(entry: WaitEntry): void {
    const i = this.entries.indexOf(entry);
    if (i >= 0) this.entries.splice(i, 1);
  }

  /** wait_event(): sleeps (D) until `cond`. */
  waitEvent(cond: () => boolean, reason?: WaitReason): Kernel {
    mightSleep(this.m, "wait_event", this.name);
    if (cond()) return done();
    return this.loop(cond, maxScheduleTimeout, "D", reason) as Kernel<unknown> as Kernel;
  }

  /** wait_event_timeout(): 0 on timeout, else the jiffies left, at least 1. */
  waitEventTimeout(
    cond: () => boolean,
    timeoutJiffies: number,
    reason?: WaitReason,
  ): Kernel<number> {
    mightSleep(this.m, "wait_event_timeout", this.name);
    if (cond()) return done(timeoutJiffies || 1);
    if (timeoutJiffies === 0) return done(0);
    return this.loop(cond, timeoutJiffies, "D", reason);
  }

  /** wait_event_interruptible(): 0 or -ERESTARTSYS. */
  *waitEventInterruptible(cond: () => boolean, reason?: WaitReason): Kernel<number> {
    mightSleep(this.m, "wait_event_interruptible", this.name);
    if (cond()) return 0;
    const left = yield* this.loop(cond, maxScheduleTimeout, "S", reason);
    return left < 0 ? left : 0;
  }

  /** wait_event_interruptible_timeout(). */
  waitEventInterruptibleTimeout(
    cond: () => boolean,
    timeoutJiffies: number,
    reason?: WaitReason,
  ): Kernel<number> {
    mightSleep(this.m, "wait_event_interruptible_timeout", this.name);
    if (cond()) return done(timeoutJiffies || 1);
    if (timeoutJiffies === 0) return done(0);
    return this.loop(cond, timeoutJiffies, "S", reason);
  }

  /** ___wait_event(): prepare_to_wait_event, test, schedule_timeout, finish_wait. */
  private *loop(
    cond: () => boolean,
    timeoutJiffies: number,
    state: TaskState,
    reason: WaitReason = this.reason,
  ): Kernel<number> {
    const { m, entries } = this;
    const task = m.current!;
    const entry: WaitEntry = { task, exclusive: false };
    let timeout = timeoutJiffies;
    for (;;) {
      const signal = state === "S" && task.signalPending;
      if (signal) this.remove(entry);
      else {
        if (!entries.includes(entry)) entries.unshift(entry);
        m.setState(state, reason);
      }
      // prepare_to_wait_event() ends with the queue's lock released: a preemption point.
      yield* m.preemptPoint();
      if (cond()) {
        timeout = timeout === 0 ? 1 : timeout;
        break;
      }
      if (timeout === 0) break;
      if (signal) {
        m.setState("R");
        return -ERESTARTSYS;
      }
      timeout = yield* scheduleTimeout(m, timeout);
    }
    m.setState("R");
    this.remove(entry);
    return timeout;
  }

  private wakeCommon(nrExclusive: number): Atomic {
    // spin_lock_irqsave of the queue: its unlock is a preemption point even with nobody waiting.
    return this.entries.length === 0 ? this.m.preemptPoint() : this.wakeEntries(nrExclusive);
  }

  /** __wake_up_common_lock() with autoremove_wake_function. */
  private *wakeEntries(nrExclusive: number): Atomic {
    const { m } = this;
    m.localIrqSave();
    m.preemptDisable();
    let left = nrExclusive;
    let woken = 0;
    for (const entry of this.entries.slice()) {
      if (entry.task === null) {
        entry.wake!();
        continue;
      }
      if (!m.sched.wake(entry.task)) continue;
      woken++;
      this.remove(entry);
      if (entry.exclusive && --left === 0) break;
    }
    if (woken > 0) yield* m.spend(woken * m.costs.wakeUp);
    yield* m.localIrqRestore();
    yield* m.preemptEnable();
  }
}
