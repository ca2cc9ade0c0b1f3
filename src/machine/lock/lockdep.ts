// The lock validator: kernel/locking/lockdep.c reduced to what a driver's bugs need. It learns the
// order in which lock classes are taken, and the interrupt contexts, and reports each new pair
// that could deadlock, sleeping in atomic context, and waits inside dma_fence signalling sections
// (drivers/dma-buf/dma-fence.c). A known pair costs a comparison or a set lookup.

import { K } from "../../timeline/kinds.ts";
import type { Context } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type HeldLock, LockdepMap, type LockValidator } from "../core/validator.ts";
import {
  findChain,
  hardirqsOn,
  LockClass,
  softirqsOn,
  usedInHardirq,
  usedInSoftirq,
} from "./lock-class.ts";
import { LockReports } from "./lock-reports.ts";

export interface LockdepOptions {
  /** lock_acquire and lock_release entries in the timeline. */
  readonly trace?: boolean;
}

export class Lockdep implements LockValidator {
  private readonly classes = new Map<string, LockClass>();
  private readonly reports: LockReports;
  private readonly trace: boolean;
  private readonly fenceMap = new LockdepMap("dma_fence_map", "map");
  private readonly reclaimMap = new LockdepMap("fs_reclaim", "map");
  private readonly sleptAt = new Set<string>();

  constructor(
    private readonly m: Machine,
    options: LockdepOptions = {},
  ) {
    this.trace = options.trace ?? false;
    this.reports = new LockReports(m);
    // dma_resv_lockdep(): memory reclaim may wait for fences.
    this.classOf(this.reclaimMap).after.add(this.classOf(this.fenceMap));
    m.lockdep = this;
  }

  /** Number of reports so far. */
  get reportCount(): number {
    return this.reports.count + this.sleptAt.size;
  }

  /** How often each lock class was taken (/proc/lock_stat: acquisitions); not the pseudo locks. */
  acquisitions(): Record<string, number> {
    const locks = [...this.classes.values()].filter(({ kind }) => kind !== "map");
    return Object.fromEntries(locks.map(({ name, acquired }) => [name, acquired]));
  }

  private classOf(lock: LockdepMap): LockClass {
    if (lock.depClass !== null) return lock.depClass;
    let cls = this.classes.get(lock.className);
    if (cls === undefined) {
      cls = new LockClass(lock.className, lock.kind);
      this.classes.set(lock.className, cls);
    }
    lock.depClass = cls;
    return cls;
  }

  /** lock_acquire(). */
  acquire(lock: LockdepMap, subclass: number, trylock: boolean, read = false): void {
    const { m } = this;
    const { ctx } = m;
    if (this.trace) m.rec.emit(K.lock_acquire, m.rec.str(lock.name));
    if (ctx === null) return;
    const base = lock.depClass ?? this.classOf(lock);
    base.acquired++;
    const cls = subclass === 0 ? base : base.subclass(subclass);
    this.markUsage(ctx, cls, trylock);
    if (!trylock && ctx.lockDepth > 0) this.checkPrevs(ctx, lock, cls, read);
    const { lockStack } = ctx;
    const depth = ctx.lockDepth++;
    if (depth === lockStack.length) {
      lockStack.push({ lock, cls, trylock, read });
      return;
    }
    // Entries of locks that were released are used again.
    const held = lockStack[depth];
    held.lock = lock;
    held.cls = cls;
    held.trylock = trylock;
    held.read = read;
  }

  /** lock_release(). */
  release(lock: LockdepMap): void {
    const { m } = this;
    if (this.trace) m.rec.emit(K.lock_release, m.rec.str(lock.name));
    const { ctx } = m;
    if (ctx === null || ctx.lockDepth === 0) return;
    const top = ctx.lockDepth - 1;
    if (ctx.lockStack[top].lock === lock) ctx.lockDepth = top;
    else releaseInner(ctx, lock);
  }

  /** lock_contended(). */
  contended(lock: LockdepMap): void {
    const { rec } = this.m;
    if (this.trace) rec.emit(K.lock_contended, rec.str(lock.name));
  }

  /** lock_is_held() for a class name. */
  isHeld(className: string): boolean {
    const { ctx } = this.m;
    if (ctx === null) return false;
    return ctx.lockStack.slice(0, ctx.lockDepth).some(({ cls }) => cls.name === className);
  }

  /** check_prevs_add(): the new lock comes after every held one up to the first waiting lock. */
  private checkPrevs(ctx: Context, lock: LockdepMap, cls: LockClass, read: boolean): void {
    const { lockStack: stack, lockDepth: depth } = ctx;
    const top = stack[depth - 1];
    if (cls.lastPrev === top.cls && !top.trylock && top.cls !== cls) return;
    this.checkWait(ctx, lock, cls.rank);
    for (let i = depth - 1; i >= 0; i--) {
      const prev = stack[i];
      if (prev.cls === cls) {
        if (!(read && prev.read)) this.reports.recursive(lock, prev.lock, cls);
      } else if (!prev.cls.after.has(cls)) this.addOrder(prev, lock, cls);
      if (!prev.trylock) break;
    }
    if (!top.trylock) cls.lastPrev = top.cls;
  }

  private addOrder(prev: HeldLock, lock: LockdepMap, cls: LockClass): void {
    const chain = findChain(cls, (c) => c === prev.cls);
    if (chain !== null) {
      this.reports.circular(lock, prev.lock, prev.cls, cls, chain);
      return;
    }
    prev.cls.after.add(cls);
    this.checkIrqOrder(prev.cls, cls);
  }

  /** check_irq_usage(): a class used in interrupts must not lead to one that they can block on. */
  private checkIrqOrder(before: LockClass, after: LockClass): void {
    const pairs = [
      ["HARDIRQ", usedInHardirq, hardirqsOn],
      ["SOFTIRQ", usedInSoftirq, softirqsOn],
    ] as const;
    for (const [name, safe, unsafe] of pairs) {
      const from = [...this.classes.values()].find(
        (c) => (c.usage & safe) !== 0 && findChain(c, (x) => x === before) !== null,
      );
      if (from === undefined) continue;
      const to = findChain(after, (c) => (c.usage & unsafe) !== 0 && c.kind !== "map");
      if (to !== null) this.reports.irqOrder(name, from, to[to.length - 1], before, after);
    }
  }

  /** mark_lock(): interrupt contexts in which a class is taken. */
  private markUsage(ctx: Context, cls: LockClass, trylock: boolean): void {
    const cpu = this.m.cpu!;
    let bits = 0;
    if (cpu.hardirqDepth > 0) bits |= usedInHardirq;
    else if (cpu.softirqDepth > 0) bits |= usedInSoftirq;
    if (!trylock && ctx.kind !== "hardirq" && cpu.irqsOff === 0) {
      bits |= hardirqsOn;
      if (cpu.softirqDepth === 0) bits |= softirqsOn;
    }
    if ((cls.usage & bits) === bits || cls.kind === "map") return;
    const fresh = bits & ~cls.usage;
    cls.usage |= bits;
    this.checkInconsistent(cls, fresh, "HARDIRQ", usedInHardirq, hardirqsOn);
    this.checkInconsistent(cls, fresh, "SOFTIRQ", usedInSoftirq, softirqsOn);
  }

  private checkInconsistent(
    cls: LockClass,
    fresh: number,
    name: string,
    used: number,
    on: number,
  ): void {
    const both = used | on;
    if ((fresh & both) !== 0 && (cls.usage & both) === both) {
      this.reports.inconsistent(cls, name, (fresh & used) !== 0);
    }
  }

  /** check_wait_context(): a sleeping lock inside a spinlock, a spinlock inside a raw one. */
  private checkWait(ctx: Context, lock: LockdepMap, rank: number): void {
    for (let i = 0; i < ctx.lockDepth; i++) {
      const held = ctx.lockStack[i];
      if (held.cls.rank >= rank || held.cls.rank === 0) continue;
      this.reports.waitContext(lock, held.lock);
      return;
    }
  }

  /** __might_sleep(): once per place. */
  mightSleep(where: string): void {
    const { ctx, cpu } = this.m;
    if (ctx === null || this.sleptAt.has(where)) return;
    this.sleptAt.add(where);
    this.reports.sleeping(where, ctx, cpu!);
  }

  /** might_alloc(GFP_KERNEL): fs_reclaim_acquire() and release. */
  mightAlloc(): void {
    this.acquire(this.reclaimMap, 0, false);
    this.release(this.reclaimMap);
  }

  // --- dma_fence signalling sections ----------------------------------------------------------

  /** dma_fence_begin_signalling(): the cookie for endSignalling(). */
  beginSignalling(): boolean {
    const { ctx, cpu } = this.m;
    if (ctx === null) return true;
    // Atomic contexts cannot wait for a fence anyway.
    if (ctx.preemptCount > 0 || ctx.kind !== "task" || cpu!.irqsOff > 0) return true;
    // Nested sections are one.
    for (let i = 0; i < ctx.lockDepth; i++) {
      if (ctx.lockStack[i].lock === this.fenceMap) return true;
    }
    this.acquire(this.fenceMap, 0, false, true);
    return false;
  }

  /** dma_fence_end_signalling(). */
  endSignalling(cookie: boolean): void {
    if (!cookie) this.release(this.fenceMap);
  }

  /** __dma_fence_might_wait(). */
  mightWait(): void {
    this.acquire(this.fenceMap, 0, false);
    this.release(this.fenceMap);
  }
}

/** A lock is released that is not the one taken last. */
function releaseInner(ctx: Context, lock: LockdepMap): void {
  const { lockStack } = ctx;
  const top = ctx.lockDepth - 1;
  for (let i = top; i >= 0; i--) {
    const held = lockStack[i];
    if (held.lock !== lock) continue;
    for (let at = i; at < top; at++) lockStack[at] = lockStack[at + 1];
    // The entry stays, behind those that count.
    lockStack[top] = held;
    ctx.lockDepth = top;
    return;
  }
}
