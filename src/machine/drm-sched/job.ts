// struct drm_sched_job: a unit of work for one entity.
// Kernel: drivers/gpu/drm/scheduler/sched_main.c (drm_sched_job_*). Drivers subclass it.

import { type Atomic, done, type Kernel } from "../core/op.ts";
import { FenceCb } from "../dma-fence/fence-ops.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { isLater } from "../dma-fence/order.ts";
import { type DmaResv, type Usage, usageRw } from "../dma-fence/resv.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import { xaAppend } from "../memory/xarray.ts";
import { findFence, type SyncobjFile } from "../syncobj/syncobj-file.ts";
import type { DrmSchedEntity } from "./entity.ts";
import { SchedPriority } from "./priority.ts";
import { DrmSchedFence } from "./sched-fence.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";
import type { EntityStats } from "./stats.ts";

/** struct drm_sched_job. */
export class DrmSchedJob {
  submitTs = 0;
  sched: DrmGpuScheduler | null = null;
  sFence: DrmSchedFence | null = null;
  /** Null once the job has left its entity's queue. */
  entity: DrmSchedEntity | null = null;
  entityStats: EntityStats | null = null;
  sPriority: SchedPriority = SchedPriority.kernel;
  credits = 0;
  /** Index in `dependencies` of the next one to wait for. */
  lastDependency = 0;
  karma = 0;
  /** Fences to wait for, in order of their xarray index; null: erased. */
  dependencies: (DmaFence | null)[] = [];
  /** Listener on the hardware fence. */
  readonly cb: FenceCb = new FenceCb((fence) => this.sched!.jobDone(this, fence.error));
  /** Listener that chains the killing of an entity's jobs. */
  finishCb: FenceCb | null = null;

  /** drm_sched_job_init(): 0 or a negative errno. */
  init(entity: DrmSchedEntity, credits: number, owner: unknown, drmClientId: number): number {
    if (credits === 0) {
      entity.kernel.m.rec.log("err", "*ERROR* drm_sched_job_init: credits cannot be 0!");
      return -EINVAL;
    }
    this.entity = entity;
    this.credits = credits;
    if (entity.kernel.fences.memory.failsNow()) return -ENOMEM;
    this.sFence = new DrmSchedFence(entity.kernel.m, owner, drmClientId);
    return 0;
  }

  /** drm_sched_job_arm(): the point of no return, fences get their sequence number. */
  arm(): Atomic {
    const entity = this.entity!;
    if (entity.schedList !== null) return this.armSelecting(entity);
    this.armSelected(entity);
    return done();
  }

  private *armSelecting(entity: DrmSchedEntity): Atomic {
    yield* entity.selectRq();
    this.armSelected(entity);
  }

  private armSelected(entity: DrmSchedEntity): void {
    this.sched = entity.rq!.sched;
    this.sPriority = entity.priority;
    this.entityStats = entity.stats.get();
    this.sFence!.init(entity);
  }

  /** drm_sched_entity_push_job(). */
  push(): Atomic {
    return this.entity!.pushJob(this);
  }

  /**
   * drm_sched_job_add_dependency(): consumes the reference. Of one fence context only the last
   * fence stays.
   */
  addDependency(fence: DmaFence | null): Atomic<number> {
    if (fence === null) return done(0);
    const { dependencies } = this;
    const i = dependencies.findIndex((other) => other?.context === fence.context);
    if (i < 0) {
      const ret = xaAppend(dependencies.length, fence.fences.memory);
      if (ret !== 0) return dropped(fence, ret);
      dependencies.push(fence);
      return done(0);
    }
    const other = dependencies[i]!;
    if (!isLater(fence, other)) return dropped(fence);
    dependencies[i] = fence;
    return dropped(other);
  }

  /** drm_sched_job_add_syncobj_dependency(). */
  *addSyncobjDependency(file: SyncobjFile, handle: number, point: number): Kernel<number> {
    const found = yield* findFence(file, handle, point);
    if (typeof found === "number") return found;
    return yield* this.addDependency(found);
  }

  /** drm_sched_job_add_resv_dependencies(): with the reservation lock held. */
  *addResvDependencies(resv: DmaResv, usage: Usage): Atomic<number> {
    resv.assertHeld();
    for (const fence of resv.fences(usage)) {
      const ret = yield* this.addDependency(fence.get());
      if (ret !== 0) return ret;
    }
    return 0;
  }

  /** drm_sched_job_add_implicit_dependencies(). */
  addImplicitDependencies(obj: { readonly resv: DmaResv }, write: boolean): Atomic<number> {
    return this.addResvDependencies(obj.resv, usageRw(write));
  }

  /** drm_sched_job_has_dependency(). */
  hasDependency(fence: DmaFence): boolean {
    return this.dependencies.includes(fence);
  }

  /** drm_sched_job_cleanup(). */
  *cleanup(): Atomic {
    const { sFence, dependencies } = this;
    if (sFence!.initialized) {
      yield* sFence!.finished.put();
      this.entityStats!.put();
    }
    this.sFence = null;
    this.dependencies = [];
    for (let i = 0; i < dependencies.length; i++) {
      const fence = dependencies[i];
      if (fence !== null) yield* fence.put();
    }
  }

  /** drm_sched_job_is_signaled(): with the scheduler stopped. */
  *isSignaled(): Atomic<boolean> {
    const sFence = this.sFence!;
    if (!this.sched!.isStopped) {
      this.sched!.warn("drm_sched_job_is_signaled() of a running scheduler");
    }
    if (sFence.parent !== null && (yield* sFence.parent.isSignaled())) return true;
    return yield* sFence.finished.isSignaled();
  }

  /** drm_sched_invalidate_job(). */
  invalidate(threshold: number): boolean {
    return ++this.karma > threshold;
  }
}

function* dropped(fence: DmaFence, ret = 0): Atomic<number> {
  yield* fence.put();
  return ret;
}
