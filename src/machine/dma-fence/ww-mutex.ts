// Wound/wait mutexes with the wait-die rule, the class of reservation objects: a context that waits
// for an older one and holds locks already gives up with -EDEADLK and starts over.
// Kernel: kernel/locking/mutex.c, kernel/locking/ww_mutex.h, include/linux/ww_mutex.h.
// Leaves out optimistic spinning and the wound-wait class.

import type { Task, TaskState, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { LockdepMap } from "../core/validator.ts";
import { Defect } from "../defect.ts";
import { EALREADY, EDEADLK, EINTR } from "../errno.ts";
import { mightSleep } from "../lock/might-sleep.ts";
import { dropHeld } from "../lock/spinlock.ts";

/** struct ww_class: hands out the stamps that order the contexts, oldest first. */
export class WwClass {
  private nextStamp = 1;

  /** ww_acquire_init(). */
  acquireInit(): WwAcquireCtx {
    return new WwAcquireCtx(this.nextStamp++);
  }
}

/** struct ww_acquire_ctx: one attempt to hold several mutexes of a class. */
export class WwAcquireCtx {
  /** Mutexes held. */
  acquired = 0;
  doneAcquire = false;

  constructor(readonly stamp: number) {}

  /** ww_acquire_done(). */
  done(): void {
    this.doneAcquire = true;
  }

  /** ww_acquire_fini(). */
  fini(): void {
    if (this.acquired !== 0) throw new Defect("ww_acquire_fini", `${this.acquired} locks held`);
  }
}

interface Waiter {
  readonly task: Task;
  readonly ctx: WwAcquireCtx | null;
}

/** struct ww_mutex. */
export class WwMutex {
  owner: Task | null = null;
  /** The acquire context of the holder. */
  ctx: WwAcquireCtx | null = null;
  private handoff = false;
  private pickup = false;
  /** Waiters with a context in order of age; those without in order of arrival. */
  private readonly waiters: Waiter[] = [];
  private readonly reason: WaitReason;
  private readonly depMap: LockdepMap;

  constructor(
    private readonly m: Machine,
    readonly name: string,
    className: string = name,
  ) {
    this.depMap = new LockdepMap(name, "mutex", className);
    this.reason = { what: `ww_mutex ${name}`, owner: () => this.owner };
  }

  get isLocked(): boolean {
    return this.owner !== null;
  }

  isHeld(): boolean {
    return this.owner !== null && this.owner === this.m.current;
  }

  assertHeld(): void {
    if (!this.isHeld()) throw new Defect(`ww_mutex ${this.name}`, "not held by the current task");
  }

  /** ww_mutex_lock(): 0, -EALREADY (held by `ctx`), -EDEADLK (back off and start over). */
  lock(ctx: WwAcquireCtx | null = null): Kernel<number> {
    return this.lockCommon(ctx, "D");
  }

  /** ww_mutex_lock_interruptible(): -EINTR as well. */
  lockInterruptible(ctx: WwAcquireCtx | null = null): Kernel<number> {
    return this.lockCommon(ctx, "S");
  }

  private lockCommon(ctx: WwAcquireCtx | null, state: TaskState): Kernel<number> {
    const { m } = this;
    mightSleep(m, "ww_mutex_lock", this.name);
    if (ctx !== null && ctx === this.ctx) return done(-EALREADY);
    // Order inside one acquire context is what the class is for: a trylock for the validator.
    m.lockdep?.acquire(this.depMap, 0, ctx !== null && ctx.acquired > 0);
    const task = m.current!;
    if (this.owner !== null || this.waiters.length > 0) return this.lockSlow(task, ctx, state);
    this.take(task, ctx);
    return m.costs.lock === 0 ? done(0) : this.charged();
  }

  private *charged(): Kernel<number> {
    yield* this.m.spend(this.m.costs.lock);
    return 0;
  }

  /** ww_mutex_trylock(). */
  trylock(ctx: WwAcquireCtx | null = null): Atomic<boolean> {
    const task = this.m.current!;
    if (!this.mayTake(task)) return done(false);
    this.m.lockdep?.acquire(this.depMap, 0, true);
    this.take(task, ctx);
    return done(true);
  }

  /** ww_mutex_unlock(). */
  unlock(): Atomic {
    const { m, owner } = this;
    if (owner === null || owner !== m.current) {
      throw new Defect(`ww_mutex ${this.name}`, "unlock by a task that does not hold it");
    }
    m.lockdep?.release(this.depMap);
    dropHeld(owner, this.depMap);
    if (this.ctx !== null) {
      this.ctx.acquired--;
      this.ctx = null;
    }
    if (this.waiters.length > 0) return this.unlockSlow();
    this.owner = null;
    return m.spend(m.costs.lock);
  }

  private *unlockSlow(): Atomic {
    const { m } = this;
    m.preemptDisable();
    const next = this.waiters[0].task;
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

  private take(task: Task, ctx: WwAcquireCtx | null): void {
    this.owner = task;
    this.pickup = false;
    this.ctx = ctx;
    if (ctx !== null) ctx.acquired++;
    task.heldLocks.push(this.depMap);
  }

  private tryTake(waiter: Waiter): boolean {
    if (!this.mayTake(waiter.task)) return false;
    this.take(waiter.task, waiter.ctx);
    return true;
  }

  /** __mutex_lock_common() after its fast path. */
  private *lockSlow(task: Task, ctx: WwAcquireCtx | null, state: TaskState): Kernel<number> {
    const { m } = this;
    const waiter: Waiter = { task, ctx };
    task.preemptCount++;
    let ret = this.tryTake(waiter) ? 0 : this.addWaiter(waiter);
    if (ret === 0 && this.waiters.includes(waiter)) {
      ret = yield* this.wait(waiter, state);
      m.setState("R");
      this.waiters.splice(this.waiters.indexOf(waiter), 1);
      if (this.waiters.length === 0) this.handoff = false;
      if (ret === 0 && ctx !== null) this.killYounger(ctx);
    }
    if (ret !== 0) m.lockdep?.release(this.depMap);
    yield* m.preemptEnable();
    return ret;
  }

  private *wait(waiter: Waiter, state: TaskState): Kernel<number> {
    const { m, waiters } = this;
    const { task } = waiter;
    m.setState(state, this.reason);
    for (;;) {
      if (this.tryTake(waiter)) return 0;
      if (state === "S" && task.signalPending) return -EINTR;
      if (waiter.ctx !== null && this.mustDie(waiter)) return -EDEADLK;
      task.preemptCount--;
      yield* m.sleep();
      task.preemptCount++;
      const first = waiters[0] === waiter;
      m.setState(state, this.reason);
      if (this.tryTake(waiter)) return 0;
      if (first) this.handoff = true;
    }
  }

  /** __ww_mutex_add_waiter(): -EDEADLK if this context has to back off at once. */
  private addWaiter(waiter: Waiter): number {
    const { waiters } = this;
    const { ctx } = waiter;
    let at = waiters.length;
    if (ctx !== null) {
      for (let i = waiters.length - 1; i >= 0; i--) {
        const other = waiters[i].ctx;
        if (other === null) continue;
        if (ctx.stamp > other.stamp) {
          if (ctx.acquired > 0) return -EDEADLK;
          break;
        }
        at = i;
        this.die(waiters[i], ctx);
      }
    }
    waiters.splice(at, 0, waiter);
    return 0;
  }

  /** __ww_mutex_check_kill(): an older context holds the mutex or waits in front of us. */
  private mustDie(waiter: Waiter): boolean {
    const ctx = waiter.ctx!;
    if (ctx.acquired === 0) return false;
    if (this.ctx !== null && ctx.stamp > this.ctx.stamp) return true;
    for (const other of this.waiters) {
      if (other === waiter) return false;
      if (other.ctx !== null) return true;
    }
    return false;
  }

  /** __ww_mutex_die(): wakes a younger waiter that holds locks, to let it back off. */
  private die(waiter: Waiter, older: WwAcquireCtx): void {
    const { ctx, task } = waiter;
    if (ctx !== null && ctx.acquired > 0 && ctx.stamp > older.stamp) this.m.sched.wake(task);
  }

  /** __ww_mutex_check_waiters(), for the context that has just taken the mutex. */
  private killYounger(ctx: WwAcquireCtx): void {
    for (const waiter of this.waiters) if (waiter.ctx !== null) this.die(waiter, ctx);
  }
}
