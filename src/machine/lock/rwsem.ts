// struct rw_semaphore: kernel/locking/rwsem.c. Readers are granted the lock by whoever wakes them,
// all queued readers at once; a woken writer retries. Left out: optimistic spinning, the handoff
// after RWSEM_WAIT_TIMEOUT.

import type { Task, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { LockdepMap } from "../core/validator.ts";
import { Defect } from "../defect.ts";
import { wakeUpAll } from "../wait/wake.ts";
import { mightSleep } from "./might-sleep.ts";
import { dropHeld } from "./spinlock.ts";

interface Waiter {
  readonly task: Task;
  readonly write: boolean;
  granted: boolean;
}

/** struct rw_semaphore. */
export class RwSemaphore {
  private writer: Task | null = null;
  private readonly readers: Task[] = [];
  private readonly queue: Waiter[] = [];
  private readonly reason: WaitReason;
  private readonly depMap: LockdepMap;

  constructor(
    private readonly m: Machine,
    readonly name: string,
    options: { readonly class?: string } = {},
  ) {
    this.depMap = new LockdepMap(name, "rwsem", options.class);
    this.reason = { what: `rwsem ${name}`, owner: () => this.writer ?? this.readers[0] ?? null };
  }

  get isLocked(): boolean {
    return this.writer !== null || this.readers.length > 0;
  }

  /** lockdep_assert_held(): for reading or writing. */
  assertHeld(): void {
    const { current } = this.m;
    if (current !== null && (this.writer === current || this.readers.includes(current))) return;
    throw new Defect(`rwsem ${this.name}`, "not held by the current task");
  }

  /** lockdep_assert_held_write(). */
  assertHeldWrite(): void {
    if (this.writer === null || this.writer !== this.m.current) {
      throw new Defect(`rwsem ${this.name}`, "not held for writing by the current task");
    }
  }

  /** down_read(). */
  downRead(subclass = 0): Kernel {
    const { m } = this;
    mightSleep(m, "down_read", this.name);
    m.lockdep?.acquire(this.depMap, subclass, false, true);
    const task = m.current!;
    if (this.writer === null && this.queue.length === 0) {
      this.grantRead(task);
      return this.fast();
    }
    return this.downReadSlow(task);
  }

  /** down_read_trylock(). */
  tryDownRead(): Atomic<boolean> {
    if (this.writer !== null || this.queue.length > 0) return done(false);
    this.m.lockdep?.acquire(this.depMap, 0, true, true);
    this.grantRead(this.m.current!);
    return done(true);
  }

  /** up_read(). */
  upRead(): Atomic {
    const { m, readers } = this;
    const i = readers.lastIndexOf(m.current!);
    if (i < 0) throw new Defect(`rwsem ${this.name}`, "up_read by a task that does not hold it");
    m.lockdep?.release(this.depMap);
    readers.splice(i, 1);
    dropHeld(m.current!, this.depMap);
    return readers.length === 0 && this.queue.length > 0 ? this.wakeUp() : this.fast();
  }

  /** down_write(). */
  downWrite(subclass = 0): Kernel {
    const { m } = this;
    mightSleep(m, "down_write", this.name);
    m.lockdep?.acquire(this.depMap, subclass, false);
    const task = m.current!;
    if (!this.isLocked && this.queue.length === 0) {
      this.grantWrite(task);
      return this.fast();
    }
    return this.downWriteSlow(task);
  }

  /** down_write_trylock(). */
  tryDownWrite(): Atomic<boolean> {
    if (this.isLocked) return done(false);
    this.m.lockdep?.acquire(this.depMap, 0, true);
    this.grantWrite(this.m.current!);
    return done(true);
  }

  /** up_write(). */
  upWrite(): Atomic {
    this.assertHeldWrite();
    const { m } = this;
    m.lockdep?.release(this.depMap);
    dropHeld(this.writer!, this.depMap);
    this.writer = null;
    return this.queue.length > 0 ? this.wakeUp() : this.fast();
  }

  /** The fast paths change the count with preemption disabled: they end with a check. */
  private fast(): Atomic {
    const cost = this.m.costs.lock;
    return cost === 0 ? this.m.preemptPoint() : this.pricedFast(cost);
  }

  private *pricedFast(cost: number): Atomic {
    yield* this.m.spend(cost);
    yield* this.m.preemptPoint();
  }

  /** downgrade_write(): the writer becomes a reader, queued readers join it. */
  *downgradeWrite(): Atomic {
    this.assertHeldWrite();
    const task = this.writer!;
    this.writer = null;
    this.readers.push(task);
    if (this.queue.length > 0 && !this.queue[0].write) yield* this.wakeUp();
  }

  private grantRead(task: Task): void {
    this.readers.push(task);
    task.heldLocks.push(this.depMap);
  }

  private grantWrite(task: Task): void {
    this.writer = task;
    task.heldLocks.push(this.depMap);
  }

  /** rwsem_down_read_slowpath(). */
  private *downReadSlow(task: Task): Kernel {
    const { m, queue } = this;
    if (this.writer === null && (queue.length === 0 || this.readers.length === 0)) {
      this.grantRead(task);
      // The first reader of a phase lets the queued ones in too.
      if (this.readers.length === 1 && queue.length > 0 && !queue[0].write) yield* this.wakeUp();
      return;
    }
    m.lockdep?.contended(this.depMap);
    const waiter: Waiter = { task, write: false, granted: false };
    queue.push(waiter);
    if (!this.isLocked) yield* this.wakeUp();
    for (;;) {
      m.setState("D", this.reason);
      if (waiter.granted) break;
      yield* m.sleep();
    }
    m.setState("R");
  }

  /** rwsem_down_write_slowpath(). */
  private *downWriteSlow(task: Task): Kernel {
    const { m, queue } = this;
    m.lockdep?.contended(this.depMap);
    const waiter: Waiter = { task, write: true, granted: false };
    queue.push(waiter);
    if (queue[0] !== waiter && this.writer === null) {
      if (!queue[0].write || this.readers.length === 0) yield* this.wakeUp();
    }
    for (;;) {
      m.setState("D", this.reason);
      if (!this.isLocked) break;
      yield* m.sleep();
    }
    m.setState("R");
    queue.splice(queue.indexOf(waiter), 1);
    this.grantWrite(task);
  }

  /** rwsem_mark_wake(RWSEM_WAKE_ANY) and wake_up_q(). */
  private *wakeUp(): Atomic {
    const { queue } = this;
    const tasks: Task[] = [];
    if (queue[0].write) tasks.push(queue[0].task);
    else if (this.writer === null) {
      for (const w of queue.filter((w) => !w.write)) {
        queue.splice(queue.indexOf(w), 1);
        w.granted = true;
        this.grantRead(w.task);
        tasks.push(w.task);
      }
    }
    yield* wakeUpAll(this.m, tasks);
  }
}
