// Run queues of the GPU scheduler: entities with queued jobs, oldest (or most deserving) first.
// Kernel: drivers/gpu/drm/scheduler/sched_rq.c of 7.3, all three policies. The kernel's red-black
// tree is a sorted array here; equal keys keep their order of insertion in both.

import { type Atomic, done } from "../core/op.ts";
import { SpinLock } from "../lock/spinlock.ts";
import type { DrmSchedEntity } from "./entity.ts";
import { SchedPriority } from "./priority.ts";
import type { DrmGpuScheduler } from "./scheduler.ts";

/** 2 to the power of vruntime_shift[], by priority: how fast virtual time passes. */
const vruntimeScale = [2, 4, 16, 128];

/** drm_sched_rq_select_entity(): an entity was ready, but credits are short (-ENOSPC). */
export const noCredits = "no-credits";

/** struct drm_sched_rq. */
export class DrmSchedRq {
  readonly lock: SpinLock;
  private rrTs = 0;
  /** Entities that have ever pushed a job and are not removed. */
  readonly entities: DrmSchedEntity[] = [];
  /** Those with queued jobs, in order of `oldestJobWaiting`. */
  private readonly tree: DrmSchedEntity[] = [];
  private headPrio: SchedPriority = SchedPriority.invalid;

  /** drm_sched_rq_init(). */
  constructor(readonly sched: DrmGpuScheduler) {
    this.lock = new SpinLock(sched.kernel.m, "&rq->lock");
  }

  /**
   * drm_sched_rq_add_entity(): the entity's first job is queued; `entity.lock` is held. Null if
   * the entity has been killed.
   */
  *addEntity(entity: DrmSchedEntity, ts: number): Atomic<DrmGpuScheduler | null> {
    const { sched } = this;
    if (entity.stopped) {
      sched.kernel.m.rec.log("err", "[drm] *ERROR* Trying to push to a killed entity");
      return null;
    }
    yield* this.lock.lock();
    if (!entity.listed) {
      sched.score.value++;
      entity.listed = true;
      this.entities.push(entity);
    }
    let key = ts;
    if (sched.policy === "fair") {
      const min = yield* this.minVruntime();
      key = yield* this.restoreVruntime(entity, min);
    } else if (sched.policy === "rr") key = entity.rrTs;
    this.updateTree(entity, key);
    yield* this.lock.unlock();
    return sched;
  }

  /** drm_sched_rq_remove_entity(); `entity.lock` is held. */
  removeEntity(entity: DrmSchedEntity): Atomic {
    return entity.listed ? this.removeListed(entity) : done();
  }

  private *removeListed(entity: DrmSchedEntity): Atomic {
    yield* this.lock.lock();
    this.sched.score.value--;
    entity.listed = false;
    this.entities.splice(this.entities.indexOf(entity), 1);
    this.removeFromTree(entity);
    yield* this.lock.unlock();
  }

  /** drm_sched_rq_pop_entity(): after a job was taken from the entity; `entity.lock` is held. */
  *popEntity(entity: DrmSchedEntity): Atomic {
    const { policy } = this.sched;
    yield* this.lock.lock();
    const next = entity.peek();
    if (next !== null) {
      let key: number;
      if (policy === "fair") key = yield* updateVruntime(entity);
      else if (policy === "fifo") key = next.submitTs;
      else key = entity.rrTs = ++this.rrTs;
      this.updateTree(entity, key);
    } else {
      this.removeFromTree(entity);
      if (policy === "fair") {
        const min = yield* this.minVruntime();
        yield* saveVruntime(entity, min);
      }
    }
    yield* this.lock.unlock();
  }

  /** drm_sched_rq_select_entity(): the first entity that could provide a job; null: none. */
  *selectEntity(): Atomic<DrmSchedEntity | typeof noCredits | null> {
    yield* this.lock.lock();
    let found: DrmSchedEntity | typeof noCredits | null = null;
    for (const entity of this.tree) {
      if (!entity.isReady) continue;
      if (this.sched.canQueue(entity)) {
        entity.entityIdle.reinit();
        found = entity;
      } else found = noCredits;
      break;
    }
    yield* this.lock.unlock();
    return found;
  }

  /** drm_sched_rq_update_fifo_locked(). */
  private updateTree(entity: DrmSchedEntity, key: number): void {
    this.removeFromTree(entity);
    const { tree } = this;
    entity.oldestJobWaiting = key;
    entity.inTree = true;
    let at = tree.length;
    while (at > 0 && key < tree[at - 1].oldestJobWaiting) at--;
    if (at === tree.length) tree.push(entity);
    else tree.splice(at, 0, entity);
    this.updatePrio();
  }

  /** drm_sched_rq_remove_fifo_locked(). */
  private removeFromTree(entity: DrmSchedEntity): void {
    if (!entity.inTree) return;
    entity.inTree = false;
    const { tree } = this;
    if (tree.length === 1) tree.pop();
    else tree.splice(tree.indexOf(entity), 1);
    this.updatePrio();
  }

  /** drm_sched_rq_update_prio(). */
  private updatePrio(): void {
    this.headPrio = this.tree.length === 0 ? SchedPriority.invalid : this.tree[0].priority;
  }

  /** drm_sched_rq_get_min_vruntime(). */
  private *minVruntime(): Atomic<number> {
    if (this.tree.length === 0) return 0;
    const { stats } = this.tree[0];
    yield* stats.lock.lock();
    const { vruntime } = stats;
    yield* stats.lock.unlock();
    return vruntime;
  }

  /** drm_sched_entity_restore_vruntime(): where an entity joins the queue again. */
  private *restoreVruntime(entity: DrmSchedEntity, min: number): Atomic<number> {
    const { stats, priority } = entity;
    yield* stats.lock.lock();
    let { vruntime } = stats;
    if (vruntime === 0 && this.headPrio !== SchedPriority.invalid) {
      const avgUs = stats.avgJobUs.read();
      const schedAvgUs = this.sched.avgJobUs.read();
      if (priority > this.headPrio) {
        vruntime = (1 + avgUs + schedAvgUs) * vruntimeScale[priority] * 1000;
      } else if (priority < this.headPrio) vruntime = priority - this.headPrio;
      else vruntime = avgUs <= schedAvgUs ? -1 : 1;
    }
    vruntime += min;
    stats.vruntime = vruntime;
    yield* stats.lock.unlock();
    return vruntime;
  }
}

/** drm_sched_entity_save_vruntime(): keeps the distance to the head of the queue. */
function* saveVruntime(entity: DrmSchedEntity, min: number): Atomic {
  const { stats } = entity;
  yield* stats.lock.lock();
  stats.vruntime = min !== 0 && stats.vruntime > min ? stats.vruntime - min : 0;
  yield* stats.lock.unlock();
}

/** drm_sched_entity_update_vruntime(). */
function* updateVruntime(entity: DrmSchedEntity): Atomic<number> {
  const { stats } = entity;
  yield* stats.lock.lock();
  const ran = stats.runtime - stats.prevRuntime;
  stats.prevRuntime = stats.runtime;
  stats.vruntime += ran * vruntimeScale[entity.priority];
  const { vruntime } = stats;
  yield* stats.lock.unlock();
  return vruntime;
}
