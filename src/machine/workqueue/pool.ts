// Worker pools: struct worker_pool and struct worker, and the rules of concurrency management.
// Kernel: kernel/workqueue.c (need_more_worker, keep_working, too_many_workers, kick_pool,
// worker_enter_idle, wq_worker_sleeping, wq_worker_running).
// Left out: CPU hotplug, BH pools, CPU-intensive detection.

import type { Task } from "../core/context.ts";
import { type Atomic, done } from "../core/op.ts";
import { insertAt, removeFrom } from "../core/small-array.ts";
import type { WorkerHooks } from "../core/validator.ts";
import { Timer } from "../time/timers.ts";
import type { WqEnv } from "./env.ts";
import type { PoolWorkqueue } from "./pool-workqueue.ts";
import { moveLinkedWorks, type Work } from "./work.ts";

/** MAX_IDLE_WORKERS_RATIO: a quarter of the busy workers may be idle. */
const idleRatio = 4;
/** IDLE_WORKER_TIMEOUT. */
export const idleTimeoutSeconds = 300;

/** struct worker. */
export class Worker implements WorkerHooks {
  task!: Task;
  currentWork: Work | null = null;
  currentPwq: PoolWorkqueue | null = null;
  currentColor = -1;
  readonly scheduled: Work[] = [];
  /** Flags: WORKER_IDLE, WORKER_PREP, WORKER_DIE. */
  idle = false;
  prep = true;
  die = false;
  /** Went to sleep while it counted as running. */
  sleeping = false;
  lastActive = 0;

  constructor(
    readonly pool: WorkerPool,
    readonly id: number,
  ) {}

  /** WORKER_NOT_RUNNING: does not take part in concurrency management. */
  get notRunning(): boolean {
    return this.prep || this.pool.cpu < 0;
  }

  /** wq_worker_sleeping(): a worker of a bound pool goes to sleep in the middle of its work. */
  sleeps(): void {
    if (this.sleeping || this.notRunning) return;
    this.sleeping = true;
    this.pool.nrRunning--;
    this.pool.kick();
  }

  /** wq_worker_running(). */
  runs(): void {
    if (!this.sleeping) return;
    this.sleeping = false;
    if (!this.notRunning) this.pool.nrRunning++;
  }
}

export interface PoolOptions {
  readonly id: number;
  /** The CPU of a bound pool, -1 for an unbound one. */
  readonly cpu: number;
  readonly nice: number;
  /** CPUs of the pool's pod, as a bit mask. */
  readonly podMask: number;
}

/** struct worker_pool. */
export class WorkerPool {
  readonly id: number;
  readonly cpu: number;
  readonly nice: number;
  readonly podMask: number;
  readonly worklist: Work[] = [];
  readonly workers: Worker[] = [];
  /** Idle workers, the last that went idle first. */
  readonly idle: Worker[] = [];
  /** Workers that run; stays 0 in unbound pools. */
  nrRunning = 0;
  /** POOL_MANAGER_ACTIVE. */
  managing = false;
  readonly maydayTimer: Timer;
  readonly idleTimer: Timer;
  /** Ids in use (worker_ida). */
  private readonly ids = new Set<number>();

  constructor(
    private readonly env: WqEnv,
    options: PoolOptions,
    timeouts: {
      readonly mayday: (pool: WorkerPool) => Atomic<void>;
      readonly idle: (pool: WorkerPool) => Atomic<void>;
    },
  ) {
    this.id = options.id;
    this.cpu = options.cpu;
    this.nice = options.nice;
    this.podMask = options.podMask;
    const { timers } = env;
    this.maydayTimer = new Timer(timers, "pool_mayday_timeout", () => timeouts.mayday(this));
    this.idleTimer = new Timer(timers, "idle_worker_timeout", () => timeouts.idle(this), {
      deferrable: true,
    });
  }

  /** ida_alloc(&pool->worker_ida). */
  allocId(): number {
    let id = 0;
    while (this.ids.has(id)) id++;
    this.ids.add(id);
    return id;
  }

  claimId(id: number): void {
    this.ids.add(id);
  }

  freeId(id: number): void {
    this.ids.delete(id);
  }

  /** format_worker_id(). */
  workerName(id: number): string {
    if (this.cpu < 0) return `kworker/u${this.id}:${id}`;
    return `kworker/${this.cpu}:${id}${this.nice < 0 ? "H" : ""}`;
  }

  /** CPUs its workers may run on (pool_allowed_cpus; unbound affinity is not strict). */
  get allowedMask(): number {
    return this.cpu < 0 ? 0xffffffff : 1 << this.cpu;
  }

  /** need_more_worker(). */
  get needMoreWorker(): boolean {
    return this.worklist.length > 0 && this.nrRunning === 0;
  }

  /** keep_working(). */
  get keepWorking(): boolean {
    return this.worklist.length > 0 && this.nrRunning <= 1;
  }

  /** need_to_create_worker(). */
  get needToCreateWorker(): boolean {
    return this.needMoreWorker && this.idle.length === 0;
  }

  /** too_many_workers(). */
  get tooManyWorkers(): boolean {
    const idle = this.idle.length + (this.managing ? 1 : 0);
    return idle > 2 && (idle - 2) * idleRatio >= this.workers.length - idle;
  }

  /** find_worker_executing_work(). */
  workerOf(work: Work): Worker | null {
    for (const worker of this.workers) if (worker.currentWork === work) return worker;
    return null;
  }

  /** kick_pool_pick(): the idle worker to wake if one is needed. */
  pickIdle(): Task | null {
    if (!this.needMoreWorker || this.idle.length === 0) return null;
    const { task } = this.idle[0];
    if (((this.podMask >>> task.cpu) & 1) === 0 && !task.onRq) {
      task.cpu = 31 - Math.clz32(this.podMask & -this.podMask);
    }
    return task;
  }

  /** kick_pool(), with the pool locked. */
  kick(): void {
    const task = this.pickIdle();
    if (task !== null) this.env.m.sched.wake(task);
  }

  /** worker_enter_idle(). */
  enterIdle(worker: Worker): Atomic<void> {
    worker.idle = true;
    worker.lastActive = this.env.timers.jiffies;
    insertAt(this.idle, 0, worker);
    if (!this.tooManyWorkers || this.idleTimer.pending) return done();
    const expires = this.env.timers.jiffies + idleTimeoutSeconds * this.env.m.hz;
    return this.idleTimer.mod(expires) as Atomic<unknown> as Atomic<void>;
  }

  /** worker_leave_idle(). */
  leaveIdle(worker: Worker): void {
    worker.idle = false;
    removeFrom(this.idle, worker);
  }

  /** WORKER_PREP cleared: the worker takes part in concurrency management. */
  endPrep(worker: Worker): void {
    worker.prep = false;
    if (!worker.notRunning) this.nrRunning++;
  }

  startPrep(worker: Worker): void {
    if (!worker.notRunning) this.nrRunning--;
    worker.prep = true;
  }

  /** assign_work(): a worker that executes the item now takes it over. */
  assign(work: Work, worker: Worker): void {
    const busy = this.workers.length - this.idle.length > 1 ? this.workerOf(work) : null;
    moveLinkedWorks(work, (busy ?? worker).scheduled);
  }
}
