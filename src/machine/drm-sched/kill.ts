// Flushing an entity and killing what it has queued: when its file closes or its process dies.
// Kernel: drivers/gpu/drm/scheduler/sched_entity.c (drm_sched_entity_flush, _kill, _kill_jobs_*).

import type { Atomic, Kernel } from "../core/op.ts";
import { FenceCb } from "../dma-fence/fence-ops.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { putFence } from "../dma-fence/fences.ts";
import { ESRCH } from "../errno.ts";
import { Work } from "../workqueue/work.ts";
import type { DrmSchedEntity } from "./entity.ts";
import type { DrmSchedJob } from "./job.ts";
import { toSchedFence } from "./sched-fence.ts";

const sigkill = 9;

/** drm_sched_entity_flush(). */
export function* flushEntity(entity: DrmSchedEntity, timeout: number): Kernel<number> {
  const { m } = entity.kernel;
  const { sched } = entity.rq!;
  const task = m.current!;
  const idle = (): boolean => entity.isIdle;
  let ret = timeout;
  if (!task.exiting) yield* sched.jobScheduled.waitEvent(idle);
  else if (timeout !== 0) ret = yield* sched.jobScheduled.waitEventTimeout(idle, timeout);
  const lastUser = entity.lastUser;
  if (lastUser !== task) return ret;
  entity.lastUser = null;
  if (task.exiting && task.exitCode === sigkill) yield* killEntity(entity);
  return ret;
}

/** drm_sched_entity_kill(). */
export function* killEntity(entity: DrmSchedEntity): Kernel {
  yield* entity.lock.lock();
  entity.stopped = true;
  yield* entity.rq!.removeEntity(entity);
  yield* entity.lock.unlock();
  yield* entity.entityIdle.wait();
  let prev: DmaFence | null = entity.lastScheduled === null ? null : entity.lastScheduled.get();
  let job: DrmSchedJob | undefined;
  while ((job = entity.jobQueue.shift()) !== undefined) {
    const { finished } = job.sFence!;
    finished.get();
    const cb = killCallback(entity, job);
    job.finishCb = cb;
    if (prev === null || (yield* prev.addCallback(cb)) !== 0) {
      yield* putFence(prev);
      yield* scheduleKill(entity, job);
    }
    prev = finished;
  }
  yield* putFence(prev);
}

/** drm_sched_entity_kill_jobs_cb(): the job before, or a dependency, is done. */
function killCallback(entity: DrmSchedEntity, job: DrmSchedJob): FenceCb {
  return new FenceCb(function* (fence) {
    yield* fence.put();
    yield* scheduleKill(entity, job);
  });
}

function scheduleKill(entity: DrmSchedEntity, job: DrmSchedJob): Atomic {
  const work = new Work("drm_sched_entity_kill_jobs_work", () => killJobWork(entity, job));
  return entity.kernel.wq.systemWq.queueWork(work) as Atomic<unknown> as Atomic;
}

/** drm_sched_entity_kill_jobs_work(): waits for the dependencies, one by one, then ends the job. */
function* killJobWork(entity: DrmSchedEntity, job: DrmSchedJob): Kernel {
  const { dependencies } = job;
  for (let i = 0; i < dependencies.length; i++) {
    let fence = dependencies[i];
    if (fence === null) continue;
    const sFence = toSchedFence(fence);
    if (sFence !== null && fence === sFence.scheduled) {
      fence = sFence.finished.getRcu();
      yield* sFence.scheduled.put();
    }
    dependencies[i] = null;
    if (fence === null) continue;
    if ((yield* fence.addCallback(killCallback(entity, job))) === 0) return;
    yield* fence.put();
  }
  const sFence = job.sFence!;
  yield* sFence.signalScheduled(null);
  yield* sFence.signalFinished(-ESRCH);
  if (sFence.parent !== null) job.sched!.warn("a killed job has a hardware fence");
  yield* job.sched!.ops.freeJob(job);
}
