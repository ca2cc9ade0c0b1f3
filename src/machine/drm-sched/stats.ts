// GPU time of an entity, for the fair policy. Kernel: drivers/gpu/drm/scheduler/sched_entity.c
// (struct drm_sched_entity_stats), include/linux/average.h (DECLARE_EWMA).

import type { Machine } from "../core/machine.ts";
import type { Atomic } from "../core/op.ts";
import { SpinLock } from "../lock/spinlock.ts";
import type { DrmSchedJob } from "./job.ts";

const precisionScale = 64;
/** A new sample counts for one part in so many. */
const weightReciprocal = 4;

/** struct ewma_drm_sched_avgtime: DECLARE_EWMA(drm_sched_avgtime, 6, 4). */
export class Ewma {
  private internal = 0;

  read(): number {
    return Math.floor(this.internal / precisionScale);
  }

  add(value: number): void {
    const scaled = value * precisionScale;
    const { internal } = this;
    this.internal =
      internal === 0
        ? scaled
        : Math.floor((internal * weightReciprocal - internal + scaled) / weightReciprocal);
  }
}

/** struct drm_sched_entity_stats: outlives the entity while its jobs do. */
export class EntityStats {
  readonly lock: SpinLock;
  refcount = 1;
  runtime = 0;
  prevRuntime = 0;
  /** Virtual run time, ns; negative right after a higher priority joins the queue's head. */
  vruntime = 0;
  readonly avgJobUs = new Ewma();

  constructor(m: Machine) {
    this.lock = new SpinLock(m, "&stats->lock");
  }

  get(): this {
    this.refcount++;
    return this;
  }

  put(): void {
    this.refcount--;
  }

  /** drm_sched_entity_stats_job_add_gpu_time(): accounts a finished job; its duration in ns. */
  *addGpuTime(job: DrmSchedJob): Atomic<number> {
    const { scheduled, finished } = job.sFence!;
    const duration = finished.timestampNs() - scheduled.timestampNs();
    yield* this.lock.lock();
    this.runtime += duration;
    this.avgJobUs.add(Math.floor(duration / 1000));
    yield* this.lock.unlock();
    return duration;
  }
}
