// struct drm_sched_entity: a queue of jobs that run in order.
// Kernel: drivers/gpu/drm/scheduler/sched_entity.c. Killing an entity is kill.ts.

import { K } from "../../timeline/kinds.ts";
import type { Task } from "../core/context.ts";
import { Fifo } from "../core/fifo.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { FenceCb } from "../dma-fence/fence-ops.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { putFence } from "../dma-fence/fences.ts";
import { ECANCELED, EINVAL, ENOMEM } from "../errno.ts";
import { SpinLock } from "../lock/spinlock.ts";
import { Completion } from "../wait/completion.ts";
import type { DrmSchedJob } from "./job.ts";
import { killEntity, flushEntity } from "./kill.ts";
import { type Counter, type SchedKernel, SchedPriority } from "./priority.ts";
import type { DrmSchedRq } from "./rq.ts";
import { schedFenceDontPipeline, toSchedFence } from "./sched-fence.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";
import { EntityStats } from "./stats.ts";

/** struct drm_sched_entity. */
export class DrmSchedEntity {
  /** On its run queue's list (list_empty(&entity->list) in C). */
  listed = false;
  readonly lock: SpinLock;
  rq: DrmSchedRq | null = null;
  declare stats: EntityStats;
  /** Schedulers to choose from; null: only one, chosen already. */
  schedList: readonly DrmGpuScheduler[] | null = null;
  priority: SchedPriority = SchedPriority.kernel;
  rqPriority: SchedPriority = SchedPriority.kernel;
  rrTs = 0;
  /** Jobs not handed to the scheduler yet. */
  readonly jobQueue = new Fifo<DrmSchedJob>();
  fenceSeq = 0;
  fenceContext = 0;
  /** The fence that the first job waits for. */
  dependency: DmaFence | null = null;
  readonly cb: FenceCb = new FenceCb((fence) => this.wakeup(fence));
  guilty: Counter | null = null;
  lastScheduled: DmaFence | null = null;
  lastUser: Task | null = null;
  stopped = false;
  readonly entityIdle: Completion;
  oldestJobWaiting = 0;
  inTree = false;

  constructor(readonly kernel: SchedKernel) {
    this.lock = new SpinLock(kernel.m, "&entity->lock");
    this.entityIdle = new Completion(kernel.m, "entity_idle");
  }

  /** drm_sched_entity_init(): 0 or a negative errno. */
  *init(
    priority: SchedPriority,
    schedList: readonly DrmGpuScheduler[],
    guilty: Counter | null = null,
  ): Atomic<number> {
    if (schedList.length === 0) return -EINVAL;
    const [first] = schedList;
    const { m, fences } = this.kernel;
    if (fences.memory.failsNow()) return -ENOMEM;
    this.stats = new EntityStats(m);
    this.guilty = guilty;
    this.priority = priority;
    this.lastUser = m.current;
    this.rqPriority = first.policy === "fair" ? SchedPriority.kernel : priority;
    this.schedList = schedList.length > 1 ? schedList : null;
    if (first.rqs === null)
      first.warn("drm_sched_entity_init: called with uninitialized scheduler");
    else {
      if (priority >= first.numUserRqs) {
        const got = `${priority} num_user_rqs:${first.numUserRqs}`;
        m.rec.log("err", `entity with out-of-bounds priority:${got}`);
        this.priority = Math.max(first.numUserRqs - 1, SchedPriority.kernel) as SchedPriority;
      }
      this.rq = first.rqs[this.rqPriority];
    }
    yield* this.entityIdle.completeAll();
    this.fenceContext = this.kernel.fences.contextAlloc(2);
    return 0;
  }

  /** drm_sched_entity_queue_peek(). */
  peek(): DrmSchedJob | null {
    return this.jobQueue.first;
  }

  /** drm_sched_entity_is_ready(). */
  get isReady(): boolean {
    return this.jobQueue.length > 0 && this.dependency === null;
  }

  /** drm_sched_entity_is_idle(). */
  get isIdle(): boolean {
    return !this.listed || this.jobQueue.length === 0 || this.stopped;
  }

  /** drm_sched_entity_error(): error of the last job handed to the hardware. */
  get error(): number {
    return this.lastScheduled === null ? 0 : this.lastScheduled.error;
  }

  /** drm_sched_entity_modify_sched(). */
  *modifySched(schedList: readonly DrmGpuScheduler[]): Atomic {
    yield* this.lock.lock();
    this.schedList = schedList;
    yield* this.lock.unlock();
  }

  /** drm_sched_entity_set_priority(). */
  *setPriority(priority: SchedPriority): Atomic {
    yield* this.lock.lock();
    this.priority = priority;
    yield* this.lock.unlock();
  }

  /** drm_sched_entity_push_job(). */
  *pushJob(job: DrmSchedJob): Atomic {
    const { m } = this.kernel;
    const { rec } = m;
    const sched = this.rq!.sched;
    sched.emitJob(K.drm_sched_job_queue, job, this);
    const { finished } = job.sFence!;
    for (const dep of job.dependencies) {
      if (dep === null) continue;
      const { context, seqno } = finished;
      rec.emit(K.drm_sched_job_add_dep, context, seqno, dep.context, dep.seqno);
    }
    sched.score.value++;
    this.lastUser = m.current;
    const submitTs = yield* this.kernel.time.ktimeGet();
    job.submitTs = submitTs;
    yield* this.lock.lock();
    this.jobQueue.push(job);
    const first = this.jobQueue.length === 1;
    const added = first ? yield* this.rq!.addEntity(this, submitTs) : null;
    const unlocked = this.kernel.version?.schedWokenUnlocked ?? false;
    if (added !== null && !unlocked) yield* added.wakeup();
    yield* this.lock.unlock();
    if (added !== null && unlocked) yield* added.wakeup();
  }

  /**
   * drm_sched_entity_pop_job(): the next job; null if it has to wait for a dependency (then the
   * scheduler is woken later).
   */
  *popJob(): Kernel<DrmSchedJob | null> {
    const job = this.peek();
    if (job === null) return null;
    while ((this.dependency = yield* this.nextDependency(job)) !== null) {
      if (yield* this.addDependencyCb(job)) return null;
    }
    const { finished } = job.sFence!;
    if (this.guilty !== null && this.guilty.value !== 0) finished.setError(-ECANCELED);
    yield* putFence(this.lastScheduled);
    this.lastScheduled = finished.get();
    yield* this.lock.lock();
    this.jobQueue.shift();
    yield* this.rq!.popEntity(this);
    yield* this.lock.unlock();
    job.entity = null;
    return job;
  }

  /** drm_sched_job_dependency(): a reference to the next fence to wait for. */
  private nextDependency(job: DrmSchedJob): Kernel<DmaFence | null> {
    const { dependencies } = job;
    if (job.lastDependency < dependencies.length) {
      const fence = dependencies[job.lastDependency];
      if (fence !== null) {
        job.lastDependency++;
        return done(fence.get());
      }
    }
    const prepare = job.sched!.ops.prepareJob;
    return prepare === undefined ? done(null) : prepare(job, this);
  }

  /** drm_sched_entity_add_dependency_cb(): true if the entity waits for `dependency` now. */
  private *addDependencyCb(job: DrmSchedJob): Atomic<boolean> {
    let fence = this.dependency!;
    const own = fence.context === this.fenceContext || fence.context === this.fenceContext + 1;
    if (own) {
      // Jobs of one entity run in order anyway.
      yield* fence.put();
      return false;
    }
    const sFence = toSchedFence(fence);
    const sameSched = sFence !== null && sFence.sched === this.rq!.sched;
    if (sameSched && fence.error === 0 && (fence.flags & schedFenceDontPipeline) === 0) {
      // The hardware keeps the order within a scheduler: it is enough that the other one started.
      const scheduled = sFence.scheduled.get();
      yield* fence.put();
      fence = scheduled;
      this.dependency = scheduled;
    }
    if (!fence.testSignaledFlag) {
      const { context, seqno } = job.sFence!.finished;
      const { rec } = this.kernel.m;
      rec.emit(K.drm_sched_job_unschedulable, context, seqno, fence.context, fence.seqno);
    }
    if ((yield* fence.addCallback(this.cb)) === 0) return true;
    yield* fence.put();
    return false;
  }

  /** drm_sched_entity_wakeup(): the dependency has signalled. */
  private *wakeup(fence: DmaFence): Atomic {
    this.dependency = null;
    yield* fence.put();
    yield* this.rq!.sched.wakeup();
  }

  /** drm_sched_entity_select_rq(): moves an idle entity to the least loaded scheduler. */
  *selectRq(): Atomic {
    const { schedList, lastScheduled } = this;
    if (schedList === null || this.jobQueue.length > 0) return;
    if (lastScheduled !== null && !(yield* lastScheduled.isSignaled())) return;
    yield* this.lock.lock();
    const sched = pickBest(schedList);
    const rq = sched === null ? null : sched.rqs![this.rqPriority];
    if (rq !== this.rq) {
      yield* this.rq!.removeEntity(this);
      this.rq = rq;
    }
    if (schedList.length === 1) this.schedList = null;
    yield* this.lock.unlock();
    if (rq === null) throw new Defect("drm_sched_job_arm", "no scheduler of the entity is ready");
  }

  /** drm_sched_entity_kill(): drops all queued jobs, their finished fences get -ESRCH. */
  kill(): Kernel {
    return killEntity(this);
  }

  /** drm_sched_entity_flush(): waits until the queue is empty; the jiffies left. */
  flush(timeout: number): Kernel<number> {
    return flushEntity(this, timeout);
  }

  /** drm_sched_entity_fini(). */
  *fini(): Kernel {
    yield* this.kill();
    const { dependency } = this;
    if (dependency !== null) {
      yield* dependency.removeCallback(this.cb);
      yield* dependency.put();
      this.dependency = null;
    }
    yield* putFence(this.lastScheduled);
    this.lastScheduled = null;
    this.stats.put();
  }

  /** drm_sched_entity_destroy(): flush for up to a second, then fini. */
  *destroy(): Kernel {
    yield* this.flush(this.kernel.m.hz);
    yield* this.fini();
  }
}

/** drm_sched_pick_best(): the ready scheduler with the lowest score. */
export function pickBest(schedList: readonly DrmGpuScheduler[]): DrmGpuScheduler | null {
  let best: DrmGpuScheduler | null = null;
  for (const sched of schedList) {
    if (!sched.ready) sched.warn(`scheduler ${sched.name} is not ready, skipping`);
    else if (best === null || sched.score.value < best.score.value) best = sched;
  }
  return best;
}
