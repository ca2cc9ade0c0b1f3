// struct mutex: kernel/locking/mutex.c. Waiters sleep first in, first out and retry when woken; a
// waiter that lost the race once asks for a handoff. Optimistic spinning only with several CPUs
// (CONFIG_MUTEX_SPIN_ON_OWNER depends on SMP). Wound/wait mutexes are machine/dma-fence's.

import type { Task, TaskState, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { removeFrom } from "../core/small-array.ts";
import { LockdepMap } from "../core/validator.ts";
import { Defect } from "../defect.ts";
import { EINTR } from "../errno.ts";
import { mightSleep } from "./might-sleep.ts";
import { dropHeld } from "./spinlock.ts";

/** Virtual time between two looks at a running owner's lock. */
const spinStepNs = 100;

/** struct mutex. */
export class Mutex {
  owner: Task | null = null;
  /** MUTEX_FLAG_HANDOFF: the unlock gives the mutex to the first waiter. */
  private handoff = false;
  /** MUTEX_FLAG_PICKUP: `owner` has been given the mutex and did not run yet. */
  private pickup = false;
  private readonly waiters: Task[] = [];
  private readonly reason: WaitReason;
  private readonly depMap: LockdepMap;

  constructor(
    private readonly m: Machine,
    readonly name: string,
    options: { readonly class?: string } = {},
  ) {
    this.depMap = new LockdepMap(name, "mutex", options.class);
    this.reason = { what: `mutex ${name}`, owner: () => this.owner };
  }

  get isLocked(): boolean {
    return this.owner !== null;
  }

  /** True if the current task holds the mutex. */
  isHeld(): boolean {
    return this.owner !== null && this.owner === this.m.current;
  }

  /** lockdep_assert_held(). */
  assertHeld(): void {
    if (!this.isHeld()) throw new Defect(`mutex ${this.name}`, "not held by the current task");
  }

  /** mutex_lock(), mutex_lock_nested(). */
  lock(subclass = 0): Kernel {
    const { m } = this;
    mightSleep(m, "mutex_lock", this.name);
    m.lockdep?.acquire(this.depMap, subclass, false);
    const task = m.current!;
    if (this.owner === null && this.waiters.length === 0) {
      this.take(task);
      return m.spend(m.costs.lock);
    }
    return this.lockSlow(task, "D") as Kernel<unknown> as Kernel;
  }

  /** mutex_lock_interruptible(): -EINTR on a signal. */
  *lockInterruptible(subclass = 0): Kernel<number> {
    const { m } = this;
    mightSleep(m, "mutex_lock_interruptible", this.name);
    m.lockdep?.acquire(this.depMap, subclass, false);
    const task = m.current!;
    if (this.owner === null && this.waiters.length === 0) {
      this.take(task);
      yield* m.spend(m.costs.lock);
      return 0;
    }
    const ret = yield* this.lockSlow(task, "S");
    if (ret !== 0) m.lockdep?.release(this.depMap);
    return ret;
  }

  /** mutex_trylock(). */
  trylock(): Atomic<boolean> {
    const { m } = this;
    const task = m.current!;
    if (!this.mayTake(task)) return done(false);
    m.lockdep?.acquire(this.depMap, 0, true);
    this.take(task);
    return done(true);
  }

  /** mutex_unlock(). */
  unlock(): Atomic {
    const { m } = this;
    const { owner } = this;
    if (owner === null || owner !== m.current) {
      throw new Defect(`mutex ${this.name}`, "unlock by a task that does not hold it");
    }
    m.lockdep?.release(this.depMap);
    dropHeld(owner, this.depMap);
    if (this.waiters.length > 0) return this.unlockSlow();
    this.owner = null;
    return m.spend(m.costs.lock);
  }

  private *unlockSlow(): Atomic {
    const { m } = this;
    m.preemptDisable();
    const next = this.waiters[0];
    if (this.handoff) {
      this.handoff = false;
      this.owner = next;
      this.pickup = true;
    } else this.owner = null;
    m.sched.wake(next);
    yield* m.spend(m.costs.lock + m.costs.wakeUp);
    yield* m.preemptEnable();
  }

  private mayTake(task: Task): boolean {
    return this.owner === null || (this.pickup && this.owner === task);
  }

  private take(task: Task): void {
    this.owner = task;
    this.pickup = false;
    task.heldLocks.push(this.depMap);
  }

  /** __mutex_trylock(). */
  private tryTake(task: Task): boolean {
    if (!this.mayTake(task)) return false;
    this.take(task);
    return true;
  }

  /** __mutex_lock_common() after its fast path; 0 or -EINTR. */
  private *lockSlow(task: Task, state: TaskState): Kernel<number> {
    const { m, waiters } = this;
    task.preemptCount++;
    if (this.tryTake(task) || (yield* this.optimisticSpin(task)) || this.tryTake(task)) {
      yield* m.preemptEnable();
      return 0;
    }
    m.lockdep?.contended(this.depMap);
    waiters.push(task);
    m.setState(state, this.reason);
    let ret = 0;
    while (!this.tryTake(task)) {
      if (state === "S" && task.signalPending) {
        ret = -EINTR;
        break;
      }
      task.preemptCount--;
      yield* m.sleep();
      task.preemptCount++;
      const first = waiters[0] === task;
      if (this.tryTake(task)) break;
      if (first) {
        this.handoff = true;
        m.setState("R");
        if (yield* this.optimisticSpin(task)) break;
      }
      m.setState(state, this.reason);
    }
    m.setState("R");
    removeFrom(waiters, task);
    if (waiters.length === 0) this.handoff = false;
    yield* m.preemptEnable();
    return ret;
  }

  /** mutex_optimistic_spin(): spins while the owner runs on another CPU. */
  private optimisticSpin(task: Task): Kernel<boolean> {
    return this.m.cpus.length === 1 ? done(false) : this.spinOnOwner(task);
  }

  private *spinOnOwner(task: Task): Kernel<boolean> {
    const { m } = this;
    for (;;) {
      if (this.tryTake(task)) return true;
      const cpu = m.cpus[this.owner!.cpu];
      const running = cpu.task === this.owner && cpu.id !== task.cpu;
      if (m.cpus[task.cpu].needResched) {
        task.preemptCount--;
        yield* m.preemptPoint();
        task.preemptCount++;
        return false;
      }
      if (!running) return false;
      yield* m.until(m.now + spinStepNs);
    }
  }
}
