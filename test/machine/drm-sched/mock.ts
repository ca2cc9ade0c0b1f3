// A mock GPU behind the scheduler, after drivers/gpu/drm/scheduler/tests: jobs run until the test
// advances the hardware.

import { type Atomic, done, type Kernel } from "../../../src/machine/core/op.ts";
import { DmaFence, type FenceOps } from "../../../src/machine/dma-fence/index.ts";
import {
  DrmGpuScheduler,
  DrmSchedEntity,
  DrmSchedJob,
  GpuSchedStat,
  type SchedInitArgs,
  SchedPriority,
} from "../../../src/machine/drm-sched/index.ts";
import { Kit, testOps } from "../dma-fence/kit.ts";

export class MockJob extends DrmSchedJob {
  hwFence: DmaFence | null = null;

  constructor(readonly name: string) {
    super();
  }
}

export interface MockOptions extends Partial<SchedInitArgs> {
  /** Names of the hardware fences. */
  readonly hwOps?: FenceOps;
  /** What run_job gives back instead of a pending fence. */
  readonly runResult?: (job: MockJob) => DmaFence | null | number | undefined;
  readonly timedout?: (mock: MockSched, job: MockJob) => Kernel<GpuSchedStat>;
}

export interface SubmitOptions {
  readonly credits?: number;
  readonly wait?: readonly DmaFence[];
  readonly armed?: (finished: DmaFence) => Atomic;
}

export class MockSched {
  readonly sched: DrmGpuScheduler;
  readonly log: string[] = [];
  /** Jobs on the hardware, in order. */
  readonly hw: MockJob[] = [];
  private seqno = 0;
  private readonly context: number;

  constructor(
    readonly kit: Kit,
    options: MockOptions = {},
  ) {
    this.context = kit.fences.contextAlloc(1);
    this.sched = new DrmGpuScheduler(kit);
    this.sched.init({
      ops: {
        runJob: (job) => this.runJob(job as MockJob, options),
        timedoutJob: (job) => {
          this.log.push(`timeout ${(job as MockJob).name} at ${kit.m.now}`);
          return options.timedout?.(this, job as MockJob) ?? done(GpuSchedStat.reset);
        },
        freeJob: (job) => this.freeJob(job as MockJob),
        ...options.ops,
      },
      numRqs: 4,
      creditLimit: 100,
      timeout: Infinity,
      name: "mock",
      ...options,
    });
  }

  private runJob(job: MockJob, options: MockOptions): Kernel<DmaFence | null | number> {
    this.log.push(`run ${job.name}`);
    const result = options.runResult?.(job);
    if (result !== undefined) return done(result);
    const hwOps = options.hwOps ?? testOps;
    job.hwFence = new DmaFence(this.kit.fences, hwOps, null, this.context, ++this.seqno);
    this.hw.push(job);
    return done(job.hwFence.get());
  }

  private *freeJob(job: MockJob): Kernel {
    this.log.push(`free ${job.name}`);
    const { hwFence } = job;
    yield* job.cleanup();
    if (hwFence !== null) yield* hwFence.put();
  }

  *entity(priority: SchedPriority = SchedPriority.normal): Atomic<DrmSchedEntity> {
    const entity = new DrmSchedEntity(this.kit);
    yield* entity.init(priority, [this.sched]);
    return entity;
  }

  /** Makes, arms and pushes a job that waits for `wait`; `armed` sees its finished fence. */
  *submit(entity: DrmSchedEntity, name: string, options: SubmitOptions = {}): Atomic<MockJob> {
    const job = new MockJob(name);
    job.init(entity, options.credits ?? 1, null, 1);
    for (const fence of options.wait ?? []) yield* job.addDependency(fence.get());
    yield* job.arm();
    yield* options.armed?.(job.sFence!.finished) ?? done();
    yield* job.push();
    return job;
  }

  /** The hardware ends its oldest `n` jobs. */
  *advance(n = 1, error = 0): Atomic {
    for (let i = 0; i < n; i++) {
      const job = this.hw.shift()!;
      if (error !== 0) job.hwFence!.setError(error);
      yield* job.hwFence!.signal();
    }
  }

  /** Lets the work items run. */
  settle(): Kernel {
    return this.kit.sleepUs(100);
  }
}
