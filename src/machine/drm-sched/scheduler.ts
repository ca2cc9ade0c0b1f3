// struct drm_gpu_scheduler: takes jobs from entities and hands them to a driver, within its credits.
// Kernel: drivers/gpu/drm/scheduler/sched_main.c of 7.3. Timeouts and recovery are recovery.ts,
// the end of jobs free-job.ts.

import { K } from "../../timeline/kinds.ts";
import { Fifo } from "../core/fifo.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import { SpinLock } from "../lock/spinlock.ts";
import { WaitQueue } from "../wait/wait-queue.ts";
import { DelayedWork, Work } from "../workqueue/work.ts";
import type { Workqueue } from "../workqueue/workqueue.ts";
import type { SchedBackendOps, SchedInitArgs } from "./backend.ts";
import type { DrmSchedEntity } from "./entity.ts";
import { allocRqs, finiUninitialized } from "./failed-init.ts";
import { freeJobWork } from "./free-job.ts";
import type { DrmSchedJob } from "./job.ts";
import {
  type Counter,
  type SchedKernel,
  type SchedPolicy,
  schedPriorityCount,
} from "./priority.ts";
import { jobTimedout, startScheduler, stopScheduler } from "./recovery.ts";
import { type DrmSchedRq, noCredits } from "./rq.ts";
import { createFenceOps, type SchedFenceOps } from "./sched-fence.ts";
import { Ewma } from "./stats.ts";

/** struct drm_gpu_scheduler. */
export class DrmGpuScheduler {
  declare ops: SchedBackendOps;
  declare submitWq: Workqueue;
  declare timeoutWq: Workqueue;
  declare fenceOps: SchedFenceOps;
  name = "";
  policy: SchedPolicy = "fifo";
  creditLimit = 0;
  creditCount = 0;
  timeout = Infinity;
  hangLimit = 0;
  numUserRqs = 0;
  rqs: DrmSchedRq[] | null = null;
  score: Counter = { value: 0 };
  ready = false;
  freeGuilty = false;
  pauseSubmit = false;
  readonly jobScheduled: WaitQueue;
  readonly jobListLock: SpinLock;
  /** Jobs handed to the hardware and not freed, oldest first. */
  readonly pendingList = new Fifo<DrmSchedJob>();
  readonly avgJobUs = new Ewma();
  readonly workRunJob: Work;
  readonly workFreeJob: Work;
  readonly workTdr: DelayedWork;
  private ownSubmitWq = false;
  private ringId = 0;

  constructor(readonly kernel: SchedKernel) {
    const { m } = kernel;
    this.jobScheduled = new WaitQueue(m, "job_scheduled");
    this.jobListLock = new SpinLock(m, "&sched->job_list_lock");
    this.workRunJob = new Work("drm_sched_run_job_work", () => this.runJobWork());
    this.workFreeJob = new Work("drm_sched_free_job_work", () => freeJobWork(this));
    this.workTdr = new DelayedWork("drm_sched_job_timedout", () => jobTimedout(this));
  }

  /** drm_sched_init(): 0 or a negative errno. */
  init(args: SchedInitArgs): number {
    if (args.numRqs > schedPriorityCount) {
      const text = "drm_sched_init: num_rqs cannot be greater than DRM_SCHED_PRIORITY_COUNT";
      this.kernel.m.rec.log("err", text);
      return -EINVAL;
    }
    if (this.rqs !== null) {
      this.warn("drm_sched_init: scheduler already initialized!");
      return 0;
    }
    this.ops = args.ops;
    this.creditLimit = args.creditLimit;
    this.name = args.name;
    this.ringId = this.kernel.m.rec.str(args.name);
    this.fenceOps = createFenceOps(args.name);
    this.timeout = args.timeout;
    this.hangLimit = args.hangLimit ?? 0;
    this.timeoutWq = args.timeoutWq ?? this.kernel.wq.systemWq;
    this.score = args.score ?? this.score;
    this.policy = args.policy ?? "fifo";
    this.ownSubmitWq = (args.submitWq ?? null) === null;
    this.submitWq =
      args.submitWq ?? this.kernel.wq.alloc(args.name, { ordered: true, memReclaim: true });
    this.numUserRqs = args.numRqs;
    const numRqs = this.policy === "fair" ? 1 : args.numRqs;
    this.rqs = allocRqs(this, numRqs);
    if (this.rqs === null) return -ENOMEM;
    this.ready = true;
    return 0;
  }

  /** drm_sched_fini(). */
  *fini(): Kernel {
    if (this.rqs === null) return yield* finiUninitialized(this);
    yield* this.wqueueStop();
    yield* this.jobScheduled.wakeUpAll();
    yield* this.kernel.wq.cancelDelayedWorkSync(this.workTdr);
    const { cancelJob } = this.ops;
    if (cancelJob !== undefined) {
      for (const job of this.pendingList.toArray().reverse()) {
        yield* cancelJob(job);
        this.pendingList.remove(job);
        yield* this.ops.freeJob(job);
      }
    }
    if (this.ownSubmitWq) yield* this.submitWq.destroy();
    this.ready = false;
    this.rqs = null;
    if (this.pendingList.length > 0) this.warn("Tearing down scheduler while jobs are pending!");
  }

  // --- submission -----------------------------------------------------------------------------

  /** drm_sched_can_queue(): credits for the entity's next job are available. */
  canQueue(entity: DrmSchedEntity): boolean {
    const job = entity.peek();
    if (job === null) return false;
    if (job.credits > this.creditLimit) {
      this.warn("Jobs may not exceed the credit limit, truncate.");
      job.credits = this.creditLimit;
    }
    return this.creditLimit - this.creditCount >= job.credits;
  }

  /** drm_sched_wakeup(): drm_sched_run_job_queue(). */
  wakeup(): Atomic {
    if (this.pauseSubmit) return done();
    return this.submitWq.queueWork(this.workRunJob) as Atomic<unknown> as Atomic;
  }

  /** drm_sched_run_free_queue(). */
  runFreeQueue(): Atomic {
    if (this.pauseSubmit) return done();
    return this.submitWq.queueWork(this.workFreeJob) as Atomic<unknown> as Atomic;
  }

  /** drm_sched_select_entity(): of the most important run queue with a ready entity. */
  private *selectEntity(): Atomic<DrmSchedEntity | null> {
    const rqs = this.rqs!;
    for (let i = 0; i < rqs.length; i++) {
      const entity = yield* rqs[i].selectEntity();
      if (entity === noCredits) return null;
      if (entity !== null) return entity;
    }
    return null;
  }

  /** drm_sched_run_job_work(). */
  private *runJobWork(): Kernel {
    const entity = yield* this.selectEntity();
    if (entity === null) return;
    const job = yield* entity.popJob();
    if (job === null) {
      yield* entity.entityIdle.completeAll();
      yield* this.wakeup();
      return;
    }
    const sFence = job.sFence!;
    this.creditCount += job.credits;
    yield* this.jobBegin(job);
    this.emitJob(K.drm_sched_job_run, job, entity);
    const fence = yield* this.ops.runJob(job);
    yield* entity.entityIdle.completeAll();
    if (fence === null || typeof fence === "number") {
      yield* sFence.signalScheduled(null);
      yield* this.jobDone(job, fence ?? 0);
    } else {
      yield* sFence.signalScheduled(fence);
      if ((yield* fence.addCallback(job.cb)) !== 0) yield* this.jobDone(job, fence.error);
      yield* fence.put();
    }
    yield* this.jobScheduled.wakeUp();
    yield* this.wakeup();
  }

  /** drm_sched_job_begin(). */
  private *jobBegin(job: DrmSchedJob): Atomic {
    yield* this.jobListLock.lock();
    this.pendingList.push(job);
    yield* this.startTimeout();
    yield* this.jobListLock.unlock();
  }

  /** drm_sched_job_done(): `result` is 0 or a negative errno. May run in any context. */
  *jobDone(job: DrmSchedJob, result: number): Atomic {
    const sFence = job.sFence!;
    const { finished } = sFence;
    this.creditCount -= job.credits;
    this.score.value--;
    const { m } = this.kernel;
    m.rec.emit(K.drm_sched_job_done, finished.context, finished.seqno);
    // A tracepoint that is enabled ends in preempt_enable_notrace(), which preempts. It shows where
    // the caller queued work before with interrupts off, which is no preemption point.
    yield* m.preemptPoint();
    finished.get();
    yield* sFence.signalFinished(result);
    yield* finished.put();
    yield* this.runFreeQueue();
  }

  /** drm_sched_start_timeout(), with the job list lock held. */
  startTimeout(): Atomic {
    this.jobListLock.assertHeld();
    if (this.timeout === Infinity || this.pendingList.length === 0) return done();
    const armed = this.timeoutWq.modDelayedWork(this.workTdr, this.timeout);
    return armed as Atomic<unknown> as Atomic;
  }

  // --- stopping and starting ------------------------------------------------------------------

  /** drm_sched_stop(): for recovery from a timeout; `bad` is put back on the pending list. */
  stop(bad: DrmSchedJob | null): Kernel {
    return stopScheduler(this, bad);
  }

  /** drm_sched_start(): after recovery; jobs without a hardware fence end with `errno`. */
  start(errno: number): Kernel {
    return startScheduler(this, errno);
  }

  /** drm_sched_is_stopped(). */
  get isStopped(): boolean {
    return this.pauseSubmit;
  }

  /** drm_sched_wqueue_stop(). */
  *wqueueStop(): Kernel {
    this.pauseSubmit = true;
    yield* this.kernel.wq.cancelWorkSync(this.workRunJob);
    yield* this.kernel.wq.cancelWorkSync(this.workFreeJob);
  }

  /** drm_sched_wqueue_start(). */
  *wqueueStart(): Atomic {
    this.pauseSubmit = false;
    yield* this.submitWq.queueWork(this.workRunJob);
    yield* this.submitWq.queueWork(this.workFreeJob);
  }

  // --- reports --------------------------------------------------------------------------------

  /** drm_sched_job_queue and drm_sched_job_run. */
  emitJob(kind: number, job: DrmSchedJob, entity: DrmSchedEntity): void {
    const { context, seqno } = job.sFence!.finished;
    const queued = entity.jobQueue.length;
    this.kernel.m.rec.emitLong(kind, context, seqno, this.ringId, queued, this.creditCount);
  }

  warn(text: string): void {
    this.kernel.m.rec.log("warn", text);
  }
}
