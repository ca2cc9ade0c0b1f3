// What a driver gives to the GPU scheduler: include/drm/gpu_scheduler.h (drm_sched_backend_ops,
// drm_sched_init_args).

import type { Kernel } from "../core/op.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import type { Workqueue } from "../workqueue/workqueue.ts";
import type { DrmSchedEntity } from "./entity.ts";
import type { DrmSchedJob } from "./job.ts";
import type { Counter, GpuSchedStat, SchedPolicy } from "./priority.ts";

/** struct drm_sched_backend_ops: what a driver provides. */
export interface SchedBackendOps {
  /** One more fence to wait for before the job runs (a reference), null: none. */
  prepareJob?(job: DrmSchedJob, entity: DrmSchedEntity): Kernel<DmaFence | null>;
  /** The hardware fence (a reference), null: done already, negative: ERR_PTR of that errno. */
  runJob(job: DrmSchedJob): Kernel<DmaFence | null | number>;
  timedoutJob(job: DrmSchedJob): Kernel<GpuSchedStat>;
  freeJob(job: DrmSchedJob): Kernel;
  cancelJob?(job: DrmSchedJob): Kernel;
}

/** struct drm_sched_init_args. */
export interface SchedInitArgs {
  readonly ops: SchedBackendOps;
  /** An ordered workqueue; the scheduler makes its own if not given. */
  readonly submitWq?: Workqueue | null;
  /** The system workqueue if not given. */
  readonly timeoutWq?: Workqueue | null;
  readonly numRqs: number;
  readonly creditLimit: number;
  readonly hangLimit?: number;
  /** Jiffies; Infinity: MAX_SCHEDULE_TIMEOUT. */
  readonly timeout: number;
  readonly score?: Counter | null;
  readonly name: string;
  /** The `sched_policy` module parameter; FIFO by default. */
  readonly policy?: SchedPolicy;
}
