// spinlock_t: include/linux/spinlock.h, kernel/locking/qspinlock.c reduced to ticket order.
// A lock disables preemption; the irqsave variants mask interrupts on this CPU as well. A contended
// lock makes the CPU spin until the holder on another CPU hands it over, first come, first served.

import type { Context } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";
import { LockdepMap } from "../core/validator.ts";
import { Defect } from "../defect.ts";

export interface SpinLockOptions {
  /** raw_spinlock_t: never a sleeping lock, not even with PREEMPT_RT. */
  readonly raw?: boolean;
  /** Lock class (lockdep key); the name when not given. */
  readonly class?: string;
}

/** spinlock_t and raw_spinlock_t. */
export class SpinLock {
  readonly raw: boolean;
  /** The context that holds the lock. */
  owner: Context | null = null;
  private readonly waiters: Context[] = [];
  private readonly depMap: LockdepMap;

  constructor(
    private readonly m: Machine,
    readonly name: string,
    options: SpinLockOptions = {},
  ) {
    this.raw = options.raw ?? false;
    this.depMap = new LockdepMap(name, this.raw ? "raw_spin" : "spin", options.class);
  }

  get held(): boolean {
    return this.owner !== null;
  }

  /** lockdep_assert_held(). */
  assertHeld(): void {
    if (this.owner !== null && this.owner === this.m.ctx) return;
    throw new Defect(`lock ${this.name}`, "not held by the current context");
  }

  /** spin_lock(). */
  lock(subclass = 0): Atomic {
    const { m } = this;
    m.preemptDisable();
    m.lockdep?.acquire(this.depMap, subclass, false);
    return this.take();
  }

  /** spin_unlock(): a preemption point. */
  unlock(): Atomic {
    this.release();
    return this.m.preemptEnable();
  }

  /** spin_lock_irqsave(). */
  lockIrqsave(subclass = 0): Atomic {
    const { m } = this;
    m.localIrqSave();
    m.preemptDisable();
    m.lockdep?.acquire(this.depMap, subclass, false);
    return this.take();
  }

  /** spin_unlock_irqrestore(): pending interrupts are taken before the preemption point. */
  unlockIrqrestore(): Atomic {
    const { m } = this;
    this.release();
    const { cpu } = m;
    if (cpu !== null && cpu.irqsOff === 1 && cpu.pendingIrqs.length > 0) return this.restoreSlow();
    m.localIrqRestore();
    return m.preemptEnable();
  }

  private *restoreSlow(): Atomic {
    yield* this.m.localIrqRestore();
    yield* this.m.preemptEnable();
  }

  /** spin_lock_irq(). */
  lockIrq(subclass = 0): Atomic {
    return this.lockIrqsave(subclass);
  }

  /** spin_unlock_irq(). */
  unlockIrq(): Atomic {
    return this.unlockIrqrestore();
  }

  /** spin_trylock(). */
  trylock(): Atomic<boolean> {
    const { m } = this;
    m.preemptDisable();
    if (this.owner !== null) return this.failTrylock();
    m.lockdep?.acquire(this.depMap, 0, true);
    this.setOwner(this.context());
    return done(true);
  }

  private *failTrylock(): Atomic<boolean> {
    yield* this.m.preemptEnable();
    return false;
  }

  private context(): Context {
    const { ctx } = this.m;
    if (ctx === null) throw new Defect(`lock ${this.name}`, "taken outside kernel code");
    return ctx;
  }

  private setOwner(ctx: Context): void {
    this.owner = ctx;
    ctx.heldLocks.push(this.depMap);
  }

  private take(): Atomic {
    const ctx = this.context();
    if (this.owner !== null) return this.contend(ctx);
    this.setOwner(ctx);
    return this.m.spend(this.m.costs.lock);
  }

  private *contend(ctx: Context): Atomic {
    const { m } = this;
    if (this.owner!.cpu === ctx.cpu) {
      // The holder is this context or one it interrupted: nothing can release the lock.
      m.rec.log("err", `BUG: spinlock recursion on CPU#${ctx.cpu}, ${ctx.comm}: ${this.name}`);
    }
    m.lockdep?.contended(this.depMap);
    this.waiters.push(ctx);
    yield* m.spin();
  }

  private release(): void {
    const { m } = this;
    const ctx = this.owner;
    if (ctx === null || ctx !== m.ctx) {
      throw new Defect(`lock ${this.name}`, ctx === null ? "unlock of a free lock" : "wrong owner");
    }
    m.lockdep?.release(this.depMap);
    dropHeld(ctx, this.depMap);
    this.owner = null;
    if (this.waiters.length > 0) this.handOver();
  }

  private handOver(): void {
    const next = this.waiters.shift()!;
    this.setOwner(next);
    this.m.unpause(next);
  }
}

/** Takes a lock off a context's held list, innermost first. */
export function dropHeld(ctx: Context, lock: LockdepMap): void {
  const { heldLocks } = ctx;
  for (let i = heldLocks.length - 1; i >= 0; i--) {
    if (heldLocks[i] !== lock) continue;
    if (i === heldLocks.length - 1) heldLocks.pop();
    else heldLocks.splice(i, 1);
    return;
  }
}
