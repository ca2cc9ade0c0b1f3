// Queues blocked on a sync object of the GPU side, looked at by the CPU.
// Kernel: panthor_sched.c (7.3), panthor_queue_{put,get}_syncwait_obj(),
// panthor_queue_eval_syncwait(), sync_upd_work().

import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE } from "../gem/types.ts";
import { bit, bitsOf } from "./bits.ts";
import { listDelInit, listMove } from "./list.ts";
import { PANTHOR_CSG_PRIORITY_RT, syncobj32, syncobj64 } from "./types.ts";
import type { PanthorGroup, PanthorQueue, PanthorScheduler } from "./types.ts";

export const syncWaitOps = (drv: Driver) => ({
  /** panthor_queue_put_syncwait_obj(). */
  *queuePutSyncwaitObj(queue: PanthorQueue): Kernel<void> {
    const { syncwait } = queue;
    if (syncwait.kmap !== null) {
      yield* drv.gem.vunmap(syncwait.obj!);
      syncwait.kmap = null;
    }
    if (syncwait.obj !== null) yield* syncwait.obj.put();
    syncwait.obj = null;
  },

  /** panthor_queue_get_syncwait_obj(): the mapped sync object, null when there is none. */
  *queueGetSyncwaitObj(
    group: PanthorGroup,
    queue: PanthorQueue,
  ): Kernel<{ map: CpuMapping; offset: number } | null> {
    const { syncwait } = queue;
    const { base } = group.ptdev;
    if (syncwait.kmap === null) {
      const found = yield* drv.mmu.vmGetBoForVa(group.vm!, syncwait.gpuVa);
      if (typeof found === "number") {
        base.warnOn(true, "IS_ERR_OR_NULL(bo)");
        yield* drv.sched.queuePutSyncwaitObj(queue);
        return null;
      }
      syncwait.offset = found.boOffset;
      syncwait.obj = found.bo;
      const map = yield* drv.gem.vmap(found.bo);
      if (base.warnOn(typeof map === "number", "ret")) {
        yield* drv.sched.queuePutSyncwaitObj(queue);
        return null;
      }
      syncwait.kmap = map as CpuMapping;
    }
    // The CPU's caches must not hide what the GPU wrote.
    yield* drv.gem.sync(
      syncwait.obj!,
      DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE,
      syncwait.offset,
      syncwait.sync64 ? syncobj64.size : syncobj32.size,
    );
    return { map: syncwait.kmap, offset: syncwait.offset };
  },

  /** panthor_queue_eval_syncwait(): 1 when the wait is over, 0 when not, or a negative errno. */
  *queueEvalSyncwait(group: PanthorGroup, queueIdx: number): Kernel<number> {
    const queue = group.queues[queueIdx]!;
    const obj = yield* drv.sched.queueGetSyncwaitObj(group, queue);
    if (obj === null) return -EINVAL;
    const { syncwait } = queue;
    const value = syncwait.sync64
      ? obj.map.read64(obj.offset + syncobj64.seqno)
      : BigInt(obj.map.read32(obj.offset + syncobj32.seqno));
    const result = syncwait.gt ? value > syncwait.ref : value <= syncwait.ref;
    if (result) yield* drv.sched.queuePutSyncwaitObj(queue);
    return result ? 1 : 0;
  },

  /** sync_upd_work(): makes groups runnable again whose sync objects have changed. */
  *syncUpdWork(sched: PanthorScheduler): Kernel<void> {
    let immediateTick = false;
    yield* sched.lock.lock();
    const { waiting } = sched.groups;
    for (let pos = waiting.next; pos !== waiting;) {
      const group = pos.owner!;
      // It may leave the list.
      pos = pos.next;
      let unblocked = 0;
      for (const csId of bitsOf(group.blockedQueues)) {
        const ret = yield* drv.sched.queueEvalSyncwait(group, csId);
        group.ptdev.base.warnOn(ret < 0, "ret < 0");
        if (ret !== 0) unblocked |= bit(csId);
      }
      if (unblocked !== 0) {
        group.blockedQueues &= ~unblocked;
        if (group.csgId < 0) {
          listMove(group.runNode, sched.groups.runnable[group.priority]);
          if (group.priority === PANTHOR_CSG_PRIORITY_RT) immediateTick = true;
        }
      }
      if (group.blockedQueues === 0) listDelInit(group.waitNode);
    }
    yield* sched.lock.unlock();
    if (immediateTick) yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
  },
});
