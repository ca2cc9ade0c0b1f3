// struct completion: kernel/sched/completion.c. Waiters are woken in the order they came.

import type { Task, TaskState, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { ERESTARTSYS } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { maxScheduleTimeout, scheduleTimeout } from "./schedule.ts";

/** struct completion. */
export class Completion {
  /** How many waits pass without sleeping; Infinity after completeAll. */
  private count = 0;
  private readonly waiters: Task[] = [];
  private readonly reason: WaitReason;

  constructor(
    private readonly m: Machine,
    readonly name: string,
  ) {
    this.reason = { what: `completion ${name}` };
  }

  /** completion_done(). */
  get isDone(): boolean {
    return this.count > 0;
  }

  /** reinit_completion(). */
  reinit(): void {
    this.count = 0;
  }

  /** complete(): wakes the first waiter. */
  complete(): Atomic {
    this.lock();
    this.count++;
    return this.unlock(this.wakeFirst());
  }

  /** complete_all(): wakes every waiter and lets later ones pass. */
  completeAll(): Atomic {
    this.lock();
    this.count = Infinity;
    let woken = 0;
    while (this.waiters.length > 0) woken += this.wakeFirst();
    return this.unlock(woken);
  }

  /** try_wait_for_completion(). */
  tryWait(): boolean {
    if (this.count === 0) return false;
    this.count--;
    return true;
  }

  /** wait_for_completion(). */
  *wait(): Kernel {
    yield* this.waitCommon(maxScheduleTimeout, "D");
  }

  /** wait_for_completion_timeout(): 0 on timeout, else the jiffies left, at least 1. */
  waitTimeout(timeoutJiffies: number): Kernel<number> {
    return this.waitCommon(timeoutJiffies, "D");
  }

  /** wait_for_completion_interruptible(): 0 or -ERESTARTSYS. */
  *waitInterruptible(): Kernel<number> {
    const left = yield* this.waitCommon(maxScheduleTimeout, "S");
    return left < 0 ? left : 0;
  }

  /** wait_for_completion_interruptible_timeout(). */
  waitInterruptibleTimeout(timeoutJiffies: number): Kernel<number> {
    return this.waitCommon(timeoutJiffies, "S");
  }

  private lock(): void {
    this.m.localIrqSave();
    this.m.preemptDisable();
  }

  private unlock(woken = 0): Atomic {
    const { m } = this;
    const { cpu } = m;
    const spends = woken > 0 && m.costs.wakeUp > 0;
    if (spends || (cpu !== null && cpu.pendingIrqs.length > 0)) return this.unlockSlowly(woken);
    m.localIrqRestore();
    return m.preemptEnable();
  }

  private *unlockSlowly(woken: number): Atomic {
    const { m } = this;
    if (woken > 0) yield* m.spend(woken * m.costs.wakeUp);
    yield* m.localIrqRestore();
    yield* m.preemptEnable();
  }

  private wakeFirst(): number {
    const task = this.waiters.shift();
    return task !== undefined && this.m.sched.wake(task) ? 1 : 0;
  }

  /** do_wait_for_common(). */
  private *waitCommon(timeoutJiffies: number, state: TaskState): Kernel<number> {
    const { m, waiters } = this;
    mightSleep(m, "wait_for_completion", this.name);
    this.lock();
    let timeout = timeoutJiffies;
    if (this.count === 0) {
      const task = m.current!;
      do {
        if (state === "S" && task.signalPending) {
          timeout = -ERESTARTSYS;
          break;
        }
        if (!waiters.includes(task)) waiters.push(task);
        m.setState(state, this.reason);
        yield* this.unlock();
        timeout = yield* scheduleTimeout(m, timeout);
        this.lock();
      } while (this.count === 0 && timeout > 0);
      m.setState("R");
      const i = waiters.indexOf(task);
      if (i >= 0) waiters.splice(i, 1);
      if (this.count === 0) {
        yield* this.unlock();
        return timeout;
      }
    }
    this.count--;
    yield* this.unlock();
    return timeout || 1;
  }
}
