// References and works of groups: get, put, release, and the conditional queueing of works.
// Kernel: panthor_sched.c (7.3), group_get() to group_release_work() and the *_queue_work macros.

import { type Atomic, done, type Kernel } from "../../machine/core/op.ts";
import type { DelayedWork, Work } from "../../machine/workqueue/index.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGroup, PanthorQueue, PanthorScheduler } from "./types.ts";
import { listEmpty } from "./list.ts";

export const refOps = (drv: Driver) => ({
  /** group_get(). */
  groupGet(group: PanthorGroup): PanthorGroup {
    group.refcount.get();
    return group;
  },

  /** group_put(). */
  groupPut(group: PanthorGroup | null): Atomic<void> {
    if (group === null || !group.refcount.putTest()) return done();
    return drv.sched.groupRelease(group);
  },

  /** group_release(): maybe in the tick, so a work does the rest. */
  *groupRelease(group: PanthorGroup): Atomic<void> {
    const { base } = group.ptdev;
    base.warnOn(group.csgId >= 0, "group->csg_id >= 0");
    base.warnOn(!listEmpty(group.runNode), "!list_empty(&group->run_node)");
    base.warnOn(!listEmpty(group.waitNode), "!list_empty(&group->wait_node)");
    yield* drv.drv.cleanupWq.queueWork(group.releaseWork);
  },

  /** group_release_work(). */
  *groupReleaseWork(group: PanthorGroup): Kernel<void> {
    // Fences may still read the queues under the RCU lock.
    yield* drv.linux.rcu.synchronizeRcu();
    for (let i = 0; i < group.queueCount; i++) {
      yield* drv.sched.groupFreeQueue(group, group.queues[i]);
    }
    yield* drv.gem.kernelBoDestroy(group.suspendBuf);
    yield* drv.gem.kernelBoDestroy(group.protmSuspendBuf);
    yield* drv.gem.kernelBoDestroy(group.syncobjs);
    yield* drv.mmu.vmPut(group.vm);
  },

  /** group_free_queue(): also of a queue whose creation failed half-way. */
  *groupFreeQueue(_group: PanthorGroup, queue: PanthorQueue | null): Kernel<void> {
    if (queue === null) return;
    // The timeout must be off before the DRM scheduler goes away.
    yield* drv.linux.wq.disableDelayedWorkSync(queue.timeout.work);
    if (queue.entity !== null) yield* queue.entity.destroy();
    if (queue.scheduler !== null) yield* queue.scheduler.fini();
    yield* drv.sched.queuePutSyncwaitObj(queue);
    yield* drv.gem.kernelBoDestroy(queue.ringbuf);
    yield* drv.gem.kernelBoDestroy(queue.iface.mem);
    yield* drv.gem.kernelBoDestroy(queue.profiling.slots);
    if (queue.fenceCtx.lastFence !== null) yield* queue.fenceCtx.lastFence.put();
  },

  /** group_queue_work(): the queued work owns a reference, which it drops at its end. */
  *groupQueueWork(group: PanthorGroup, work: Work): Atomic<void> {
    drv.sched.groupGet(group);
    if (!(yield* group.ptdev.scheduler.wq.queueWork(work))) yield* drv.sched.groupPut(group);
  },

  /** sched_queue_work(): not while a reset is pending or in progress. */
  schedQueueWork(sched: PanthorScheduler, work: Work): Atomic<void> {
    if (sched.reset.inProgress || drv.device.resetIsPending(sched.ptdev)) return done();
    return sched.wq.queueWork(work) as Atomic<unknown> as Atomic<void>;
  },

  /** sched_queue_delayed_work(): delay in jiffies; replaces a delay that is running. */
  schedQueueDelayedWork(sched: PanthorScheduler, work: DelayedWork, delay: number): Atomic<void> {
    if (sched.reset.inProgress || drv.device.resetIsPending(sched.ptdev)) return done();
    return sched.wq.modDelayedWork(work, delay) as Atomic<unknown> as Atomic<void>;
  },
});
