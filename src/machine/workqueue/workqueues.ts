// The workqueue subsystem of a machine: its pools, the system workqueues and the operations on
// work items that do not name a workqueue.
// Kernel: kernel/workqueue.c (workqueue_init_early, workqueue_init, alloc_workqueue,
// get_unbound_pool). Pool ids: four per-CPU pools each (BH and normal, two priorities), then the
// default unbound pool, then one for each pod of CPUs that is smaller than all CPUs.

import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import type { Kthreads } from "../kthread.ts";
import type { Timers } from "../time/timers.ts";
import { WqEnv } from "./env.ts";
import { Flush } from "./flush.ts";
import { NodeActive, PoolWorkqueue } from "./pool-workqueue.ts";
import { WorkerPool } from "./pool.ts";
import { Queueing } from "./queueing.ts";
import type { DelayedWork, Work } from "./work.ts";
import { WorkerThreads } from "./worker-thread.ts";
import { Workqueue, type WorkqueueOptions, type WqOps } from "./workqueue.ts";

/** WQ_MAX_ACTIVE and WQ_DFL_ACTIVE. */
const maxActiveLimit = 2048;
const defaultActive = maxActiveLimit / 2;
/** HIGHPRI_NICE_LEVEL. */
const highpriNice = -20;
/** Worker pools of a CPU that come before the unbound ones: BH and normal, two priorities. */
const poolsPerCpu = 4;

/** A worker that exists, idle, when the machine starts. */
export interface InitialWorker {
  /** The CPU of its bound pool. */
  readonly cpu?: number;
  /** A CPU of its unbound pool's pod; without that and without `cpu`: the default unbound pool. */
  readonly pod?: number;
  readonly highpri?: boolean;
  readonly id: number;
  readonly pid: number;
}

export interface WorkqueuesOptions {
  /** Workers at the start, the one that went idle last first. */
  readonly workers?: readonly InitialWorker[];
  /**
   * CPUs that share a cache: one unbound pool for each set. Each CPU for itself when absent (a
   * machine that reports no cache topology).
   */
  readonly pods?: readonly (readonly number[])[];
}

/** Idle workers of a one-CPU machine after boot, as recorded. */
const oneCpuWorkers: readonly InitialWorker[] = [
  { id: 1, pid: 21 },
  { id: 0, pid: 12 },
  { cpu: 0, id: 1, pid: 11 },
  { cpu: 0, id: 0, pid: 9 },
  { cpu: 0, id: 0, pid: 10, highpri: true },
];

/** The same for two CPUs; which of them comes first differs from boot to boot there. */
const twoCpuWorkers: readonly InitialWorker[] = [
  { id: 0, pid: 12 },
  { pod: 0, id: 0, pid: 25 },
  { pod: 0, id: 1, pid: 30 },
  { pod: 1, id: 1, pid: 33 },
  { pod: 1, id: 0, pid: 26 },
  { cpu: 0, id: 1, pid: 10 },
  { cpu: 1, id: 1, pid: 35 },
  { cpu: 1, id: 0, pid: 23 },
];

const recordedWorkers = [oneCpuWorkers, twoCpuWorkers];

export class Workqueues {
  /** "events". */
  readonly systemWq: Workqueue;
  readonly systemHighpriWq: Workqueue;
  readonly systemLongWq: Workqueue;
  /** "events_unbound". */
  readonly systemUnboundWq: Workqueue;
  readonly systemFreezableWq: Workqueue;
  private readonly ops: WqOps;
  private readonly threads: WorkerThreads;
  private readonly cpuPools: WorkerPool[][] = [];
  /** Unbound pools by priority and pod. */
  private readonly unbound = new Map<string, WorkerPool>();
  /** Workqueues with WQ_FREEZABLE, oldest first. */
  private readonly freezables: Workqueue[] = [];
  private readonly podMasks: number[];
  private readonly allMask: number;
  private nextPoolId = 0;

  constructor(
    private readonly m: Machine,
    timers: Timers,
    kthreads: Kthreads,
    options: WorkqueuesOptions = {},
  ) {
    const env = new WqEnv(m, timers, kthreads);
    const queueing = new Queueing(env);
    this.ops = { env, queueing, flush: new Flush(env, queueing) };
    this.threads = new WorkerThreads(env);
    this.allMask = 2 ** m.cpus.length - 1;
    this.podMasks = podMasks(m.cpus.length, options.pods);
    this.createPools(options.workers);
    this.systemWq = this.alloc("events");
    this.systemHighpriWq = this.alloc("events_highpri", { highpri: true });
    this.systemLongWq = this.alloc("events_long");
    this.systemUnboundWq = this.alloc("events_unbound", { unbound: true, maxActive: 2048 });
    this.systemFreezableWq = this.alloc("events_freezable", { freezable: true });
    this.threads.queueCull = (work) => this.systemUnboundWq.queueWork(work);
  }

  // --- pools ----------------------------------------------------------------------------------

  private createPools(workers: readonly InitialWorker[] | undefined): void {
    const { cpus } = this.m;
    for (const { id } of cpus) {
      const first = id * poolsPerCpu + 2;
      const normal = this.newPool({ id: first, cpu: id, nice: 0, podMask: 1 << id });
      const high = this.newPool({ id: first + 1, cpu: id, nice: highpriNice, podMask: 1 << id });
      this.cpuPools.push([normal, high]);
    }
    this.nextPoolId = cpus.length * poolsPerCpu;
    const initial = workers ?? recordedWorkers[cpus.length - 1] ?? [];
    const main = this.unboundPool(this.allMask, 0, false);
    const pods = this.podMasks.map((mask) => this.unboundPool(mask, 0, false));
    for (const { cpu, pod, id, pid, highpri } of initial) {
      const unbound = pod === undefined ? main : pods[pod];
      const pool = cpu === undefined ? unbound : this.cpuPools[cpu][highpri === true ? 1 : 0];
      this.threads.addIdle(pool, id, pid, cpu ?? pod ?? 0);
    }
    for (const pool of new Set([main, ...pods, ...this.cpuPools.flat()])) {
      if (pool.workers.length === 0) this.addWorker(pool);
    }
  }

  private newPool(options: ConstructorParameters<typeof WorkerPool>[1]): WorkerPool {
    return new WorkerPool(this.ops.env, options, {
      mayday: (pool) => this.threads.mayday(pool),
      idle: (pool) => this.threads.idleTimeout(pool),
    });
  }

  private addWorker(pool: WorkerPool): void {
    const cpu = 31 - Math.clz32(pool.podMask & -pool.podMask);
    this.threads.addIdle(pool, pool.workers.length, undefined, cpu);
  }

  /** get_unbound_pool(): pools are shared by all workqueues of the same attributes. */
  private unboundPool(podMask: number, nice: number, withWorker = true): WorkerPool {
    const key = `${nice}:${podMask}`;
    let pool = this.unbound.get(key);
    if (pool === undefined) {
      pool = this.newPool({ id: this.nextPoolId++, cpu: -1, nice, podMask });
      this.unbound.set(key, pool);
      if (withWorker) this.addWorker(pool);
    }
    return pool;
  }

  // --- workqueues -----------------------------------------------------------------------------

  /** alloc_workqueue(), alloc_ordered_workqueue(), without the rescuer thread. */
  alloc(name: string, options: WorkqueueOptions = {}): Workqueue {
    const { m } = this;
    const unbound = options.unbound === true || options.ordered === true;
    const wanted = options.ordered === true ? 1 : options.maxActive || defaultActive;
    const maxActive = Math.min(Math.max(wanted, 1), maxActiveLimit);
    const wq = new Workqueue(this.ops, name, options, maxActive);
    if (options.freezable === true) this.freezables.push(wq);
    const nice = options.highpri === true ? highpriNice : 0;
    if (unbound) wq.nodeActive = new NodeActive(maxActive);
    for (const cpu of m.cpus) {
      let pool: WorkerPool;
      if (!unbound) pool = this.cpuPools[cpu.id][nice < 0 ? 1 : 0];
      else if (options.ordered === true) pool = this.unboundPool(this.allMask, nice);
      else pool = this.unboundPool(this.podMasks[cpu.id], nice);
      let pwq = unbound ? wq.pwqs.find((p) => p.pool === pool) : undefined;
      if (pwq === undefined) {
        pwq = new PoolWorkqueue(this.ops.env, wq, pool);
        wq.pwqs.push(pwq);
      }
      wq.cpuPwq.push(pwq);
    }
    return wq;
  }

  /** alloc_workqueue() from task context: with the rescuer of WQ_MEM_RECLAIM, made by kthreadd. */
  *create(name: string, options: WorkqueueOptions = {}): Kernel<Workqueue> {
    const { poolMutex } = this.ops.env;
    yield* poolMutex.lock();
    const wq = this.alloc(name, options);
    if (options.memReclaim === true) wq.rescuer = yield* this.threads.createRescuer(name);
    yield* poolMutex.unlock();
    return wq;
  }

  // --- freezing -------------------------------------------------------------------------------

  /** freeze_workqueues_begin(): items of freezable workqueues wait from now on. */
  freezeBegin(): void {
    for (const wq of this.freezable) setMaxActive(wq, 0);
  }

  /** freeze_workqueues_busy(): items that ran already still do. */
  get freezeBusy(): boolean {
    return this.freezable.some((wq) => wq.pwqs.some(({ nrActive }) => nrActive > 0));
  }

  /** thaw_workqueues(). */
  thaw(): void {
    for (const wq of this.freezable) {
      setMaxActive(wq, wq.savedMaxActive);
      // One of each pool workqueue at a time, until no more fit.
      while (wq.pwqs.filter((pwq) => pwq.activateFirst(true)).length > 0) {
        for (const { pool } of wq.pwqs) pool.kick();
      }
    }
  }

  private get freezable(): Workqueue[] {
    return this.freezables.filter((wq) => !wq.destroying);
  }

  // --- work items -----------------------------------------------------------------------------

  /** flush_work(): false if it was idle. */
  flushWork(work: Work): Kernel<boolean> {
    return this.ops.flush.flushWork(work);
  }
  /** flush_delayed_work(). */
  flushDelayedWork(dwork: DelayedWork): Kernel<boolean> {
    return this.ops.flush.flushDelayedWork(dwork);
  }
  /** cancel_work(): true if it was pending; it may still run. */
  cancelWork(work: Work): Atomic<boolean> {
    return this.ops.queueing.cancel(work, null, false);
  }
  /** cancel_work_sync(). */
  cancelWorkSync(work: Work): Kernel<boolean> {
    return this.ops.flush.cancelSync(work, null, false);
  }
  /** cancel_delayed_work(). */
  cancelDelayedWork(dwork: DelayedWork): Atomic<boolean> {
    return this.ops.queueing.cancel(dwork.work, dwork, false);
  }
  /** cancel_delayed_work_sync(). */
  cancelDelayedWorkSync(dwork: DelayedWork): Kernel<boolean> {
    return this.ops.flush.cancelSync(dwork.work, dwork, false);
  }
  /** disable_work(): cancelled, and not queued again until enabled. */
  disableWork(work: Work): Atomic<boolean> {
    return this.ops.queueing.cancel(work, null, true);
  }
  /** disable_work_sync(). */
  disableWorkSync(work: Work): Kernel<boolean> {
    return this.ops.flush.cancelSync(work, null, true);
  }
  /** enable_work(): true if it can be queued again. */
  enableWork(work: Work): Atomic<boolean> {
    return this.ops.queueing.enable(work);
  }
  /** disable_delayed_work(). */
  disableDelayedWork(dwork: DelayedWork): Atomic<boolean> {
    return this.ops.queueing.cancel(dwork.work, dwork, true);
  }
  /** disable_delayed_work_sync(). */
  disableDelayedWorkSync(dwork: DelayedWork): Kernel<boolean> {
    return this.ops.flush.cancelSync(dwork.work, dwork, true);
  }
  /** enable_delayed_work(). */
  enableDelayedWork(dwork: DelayedWork): Atomic<boolean> {
    return this.ops.queueing.enable(dwork.work);
  }
}

/** wq_adjust_max_active(). */
function setMaxActive(wq: Workqueue, max: number): void {
  wq.maxActive = max;
  if (wq.nodeActive !== null) wq.nodeActive.max = max;
}

/** The pod of each CPU as a bit mask. */
function podMasks(cpus: number, pods: readonly (readonly number[])[] | undefined): number[] {
  const masks = Array.from({ length: cpus }, (_, id) => 1 << id);
  for (const pod of pods ?? []) {
    const mask = pod.reduce((sum, id) => sum | (1 << id), 0);
    for (const id of pod) masks[id] = mask;
  }
  return masks;
}
