// Worker threads: executing work items, and creating and removing workers.
// Kernel: kernel/workqueue.c (worker_thread, process_one_work, manage_workers, create_worker,
// idle_worker_timeout, idle_cull_fn). Left out: rescue by mayday (the rescuer only exists).

import type { Task } from "../core/context.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { heldBy } from "../lock/held.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import type { WqEnv } from "./env.ts";
import { idleTimeoutSeconds, Worker, type WorkerPool } from "./pool.ts";
import { unlinkWork, Work } from "./work.ts";

/** RESCUER_NICE_LEVEL. */
const rescuerNice = -20;

export class WorkerThreads {
  /** Queues a pool's idle_cull_work on system_dfl_wq. */
  queueCull: (work: Work) => Atomic<unknown> = () => done();
  private readonly cullWorks = new Map<WorkerPool, Work>();

  constructor(private readonly env: WqEnv) {}

  /** A worker that has been idle since boot. */
  addIdle(pool: WorkerPool, id: number, pid: number | undefined, cpu: number): void {
    const { timers, kthreads } = this.env;
    const worker = new Worker(pool, id);
    pool.claimId(id);
    const task = kthreads.existing({
      comm: pool.workerName(id),
      pid,
      prio: 120 + pool.nice,
      fn: () => this.loop(worker),
    });
    task.affinity = pool.allowedMask;
    task.cpu = cpu;
    worker.lastActive = timers.jiffies;
    this.bindWorker(worker, task);
    pool.workers.push(worker);
    worker.idle = true;
    pool.idle.push(worker);
  }

  private bindWorker(worker: Worker, task: Task): void {
    worker.task = task;
    this.env.workers.set(task, worker);
    task.worker = worker;
  }

  // --- the thread -----------------------------------------------------------------------------

  /** worker_thread() of a worker that create_worker() made. */
  private *start(worker: Worker): Kernel {
    yield* this.attachMutexPass();
    yield* this.loop(worker);
  }

  /** set_pf_worker(). */
  private *attachMutexPass(): Kernel {
    yield* this.env.attachMutex.lock();
    yield* this.env.attachMutex.unlock();
  }

  private *loop(worker: Worker): Kernel {
    const { env } = this;
    const { m } = env;
    const { pool } = worker;
    const reason = { what: `work for ${pool.workerName(worker.id)}` };
    for (;;) {
      env.lock();
      if (worker.die) {
        yield* env.unlock();
        yield* this.die(worker);
        return;
      }
      pool.leaveIdle(worker);
      if (yield* this.mayWork(worker)) {
        pool.endPrep(worker);
        do {
          pool.assign(pool.worklist[0], worker);
          // process_scheduled_works()
          while (worker.scheduled.length > 0) yield* this.runOne(worker, worker.scheduled[0]);
        } while (pool.keepWorking);
        pool.startPrep(worker);
      }
      yield* pool.enterIdle(worker);
      m.setState("I", reason);
      yield* env.unlock();
      yield* m.sleep();
    }
  }

  /** The `recheck` part of worker_thread(): there is work and someone else could take more. */
  private mayWork(worker: Worker): Kernel<boolean> {
    const { pool } = worker;
    if (!pool.needMoreWorker) return done(false);
    if (pool.idle.length > 0) return done(true);
    return this.manageFirst(worker);
  }

  private *manageFirst(worker: Worker): Kernel<boolean> {
    const { pool } = worker;
    while (pool.needMoreWorker) {
      if (pool.idle.length > 0 || pool.managing) return true;
      yield* this.manage(pool);
    }
    return false;
  }

  /** process_one_work(). */
  private *runOne(worker: Worker, work: Work): Kernel {
    const { env } = this;
    const { m } = env;
    const { pool, task } = worker;
    const pwq = work.pwq!;
    const { inactive, color } = work;
    worker.currentWork = work;
    worker.currentPwq = pwq;
    worker.currentColor = color;
    unlinkWork(work);
    const chained = pool.pickIdle();
    work.pwq = null;
    work.pool = pool;
    work.inactive = false;
    work.linked = false;
    work.pending = false;
    // A worker that is preempted here holds up RCU grace periods.
    m.rcu?.readLock();
    yield* env.unlock();
    if (chained !== null) yield* wakeUpProcess(m, chained);
    if (m.rcu !== null) yield* m.rcu.readUnlock();

    const cause = task.cause;
    const held = task.heldLocks.length;
    m.setCause(work.cause);
    const { lockdep } = m;
    lockdep?.acquire(pwq.wq.lockMap, 0, false);
    m.setCause(env.traceStart(work));
    yield* work.fn(work);
    env.traceEnd(work);
    lockdep?.release(pwq.wq.lockMap);
    if (leaks(task, held, lockdep !== null)) this.reportLeak(work, task, held);
    m.setCause(cause);
    // cond_resched(). With full preemption the tracepoint above is the preemption point.
    yield* m.preemptPoint();

    env.lock();
    worker.currentWork = null;
    worker.currentPwq = null;
    worker.currentColor = -1;
    yield* pwq.decInFlight(inactive, color);
  }

  private reportLeak(work: Work, task: Task, held: number): void {
    this.env.m.rec.log(
      "err",
      `BUG: workqueue leaked atomic, lock or RCU: ${task.comm}[${task.pid}] ` +
        `preempt=${task.preemptCount} lock=${held}->${task.heldLocks.length} ` +
        `workfn=${work.functionName}: ${heldBy(task).join(", ")}`,
    );
  }

  // --- creation -------------------------------------------------------------------------------

  /** manage_workers(), maybe_create_worker(): with the pool locked, dropped in between. */
  private *manage(pool: WorkerPool): Kernel {
    const { env } = this;
    const { m, timers } = env;
    pool.managing = true;
    do {
      yield* env.unlock();
      const timeout = Math.max(Math.floor(m.hz / 100), 2);
      yield* pool.maydayTimer.mod(timers.jiffies + timeout);
      yield* this.create(pool);
      yield* pool.maydayTimer.deleteSync();
      env.lock();
    } while (pool.needToCreateWorker);
    pool.managing = false;
  }

  /** create_worker(). */
  private *create(pool: WorkerPool): Kernel {
    const { env } = this;
    const { m, kthreads } = env;
    const id = pool.allocId();
    const worker = new Worker(pool, id);
    const task = yield* kthreads.create(pool.workerName(id), () => this.start(worker));
    m.sched.setNice(task, pool.nice);
    kthreads.bind(task, pool.allowedMask);
    this.bindWorker(worker, task);
    yield* env.attachMutex.lock();
    yield* env.attachMutex.unlock();
    env.lock();
    pool.workers.push(worker);
    yield* pool.enterIdle(worker);
    m.sched.wake(task);
    yield* m.spend(m.costs.wakeUp);
    yield* env.unlock();
  }

  /** init_rescuer() and the part of rescuer_thread() that does nothing. */
  *createRescuer(name: string): Kernel<Task> {
    const { m, kthreads } = this.env;
    const task = yield* kthreads.create(`kworker/R-${name}`, () => this.rescuer(name));
    kthreads.bind(task, 0xffffffff);
    yield* wakeUpProcess(m, task);
    return task;
  }

  private *rescuer(name: string): Kernel {
    const { m, kthreads } = this.env;
    m.sched.setNice(m.current!, rescuerNice);
    yield* this.attachMutexPass();
    const reason = { what: `rescue of ${name}` };
    for (;;) {
      m.setState("I", reason);
      if (kthreads.shouldStop()) break;
      yield* m.sleep();
    }
    m.setState("R");
  }

  /** pool_mayday_timeout(): would call the rescuers; re-arms itself. */
  *mayday(pool: WorkerPool): Atomic {
    const { m, timers } = this.env;
    yield* pool.maydayTimer.mod(timers.jiffies + Math.floor(m.hz / 10));
  }

  // --- removal --------------------------------------------------------------------------------

  private expiry(worker: Worker): number {
    return worker.lastActive + idleTimeoutSeconds * this.env.m.hz;
  }

  /** idle_worker_timeout(). */
  *idleTimeout(pool: WorkerPool): Atomic {
    const { env } = this;
    let work = this.cullWorks.get(pool);
    if (work === undefined) {
      work = new Work("idle_cull_fn", () => this.cull(pool));
      this.cullWorks.set(pool, work);
    }
    if (work.pending) return;
    env.lock();
    let cull = false;
    if (pool.tooManyWorkers) {
      const expires = this.expiry(pool.idle[pool.idle.length - 1]);
      cull = env.timers.jiffies >= expires;
      if (!cull) yield* pool.idleTimer.mod(expires);
    }
    yield* env.unlock();
    if (cull) yield* this.queueCull(work);
  }

  /** idle_cull_fn(). */
  private *cull(pool: WorkerPool): Kernel {
    const { env } = this;
    const dying: Worker[] = [];
    yield* env.attachMutex.lock();
    env.lock();
    while (pool.tooManyWorkers) {
      const worker = pool.idle[pool.idle.length - 1];
      const expires = this.expiry(worker);
      if (env.timers.jiffies < expires) {
        yield* pool.idleTimer.mod(expires);
        break;
      }
      // set_worker_dying()
      pool.idle.pop();
      pool.workers.splice(pool.workers.indexOf(worker), 1);
      worker.die = true;
      dying.push(worker);
    }
    yield* env.unlock();
    yield* env.attachMutex.unlock();
    for (const worker of dying) yield* env.kthreads.stop(worker.task);
  }

  private *die(worker: Worker): Kernel {
    const { task } = worker;
    task.worker = null;
    this.env.workers.delete(task);
    yield* this.attachMutexPass();
    worker.pool.freeId(worker.id);
  }
}

/** Whether a work item left the worker with less or more than it had: locks, reader sections. */
function leaks(task: Task, held: number, validated: boolean): boolean {
  const { preemptCount, heldLocks, rcuDepth, srcuDepth } = task;
  if (preemptCount + rcuDepth + srcuDepth > 0 || heldLocks.length !== held) return true;
  return validated && task.lockDepth !== held;
}
