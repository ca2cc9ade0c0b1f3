// What all parts of the workqueue code share: the machine, the pool lock and the trace events.
// Nothing inside a critical section of a pool takes time, so no CPU ever finds a pool lock taken:
// the lock is reduced to masked interrupts and disabled preemption.
// Kernel: include/trace/events/workqueue.h, kernel/workqueue.c.

import { K } from "../../timeline/kinds.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic } from "../core/op.ts";
import type { Kthreads } from "../kthread.ts";
import { Mutex } from "../lock/mutex.ts";
import type { Timers } from "../time/timers.ts";
import type { Work } from "./work.ts";
import type { Worker } from "./pool.ts";
import type { Workqueue } from "./workqueue.ts";
import type { Task } from "../core/context.ts";

export class WqEnv {
  /** wq_pool_attach_mutex. */
  readonly attachMutex: Mutex;
  /** wq_pool_mutex. */
  readonly poolMutex: Mutex;
  /** Workers by task. */
  readonly workers = new Map<Task, Worker>();
  private seen = 0;

  constructor(
    readonly m: Machine,
    readonly timers: Timers,
    readonly kthreads: Kthreads,
  ) {
    this.attachMutex = new Mutex(m, "wq_pool_attach_mutex");
    this.poolMutex = new Mutex(m, "wq_pool_mutex");
  }

  /** raw_spin_lock_irq(&pool->lock). */
  lock(): void {
    this.m.localIrqSave();
    this.m.preemptDisable();
  }

  /** raw_spin_unlock_irq(&pool->lock): a preemption point. */
  unlock(): Atomic {
    const { m } = this;
    const cpu = m.cpu!;
    if (cpu.needResched || cpu.pendingIrqs.length > 0) return this.unlockSlowly();
    m.preemptEnableNoResched();
    return m.localIrqRestore();
  }

  private *unlockSlowly(): Atomic {
    yield* this.m.localIrqRestore();
    yield* this.m.preemptEnable();
  }

  /** current_wq_worker(). */
  get currentWorker(): Worker | null {
    const task = this.m.current;
    return task === null ? null : (this.workers.get(task) ?? null);
  }

  private number(work: Work): void {
    work.id = ++this.seen;
    work.functionId = this.m.rec.str(work.functionName);
  }

  traceQueue(work: Work, wq: Workqueue): void {
    if (work.id === 0) this.number(work);
    work.cause = this.m.rec.emit(K.workqueue_queue_work, work.id, work.functionId, wq.nameId);
  }

  traceActivate(work: Work): void {
    this.m.rec.emit(K.workqueue_activate_work, work.id, work.functionId);
  }

  traceStart(work: Work): number {
    if (work.id === 0) this.number(work);
    return this.m.rec.emit(K.workqueue_execute_start, work.id, work.functionId);
  }

  traceEnd(work: Work): void {
    this.m.rec.emit(K.workqueue_execute_end, work.id, work.functionId);
  }
}
