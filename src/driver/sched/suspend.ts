// All groups off their slots: runtime suspend, and the first step of a reset.
// Kernel: panthor_sched.c (7.3), panthor_sched_resume(), panthor_sched_suspend().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { CSG_STATE_MASK, CSG_STATE_SUSPEND, CSG_STATE_TERMINATE } from "../fw/iface-bits.ts";
import { CACHE_CLEAN } from "../gpu/regs.ts";
import { bitsOf } from "./bits.ts";
import { listAdd, listDelInit, listEmpty } from "./list.ts";
import { PANTHOR_CS_GROUP_TERMINATED } from "./types.ts";

export const suspendOps = (drv: Driver) => ({
  /** panthor_sched_resume(). */
  *resume(ptdev: PanthorDevice): Atomic<void> {
    const sched = ptdev.scheduler;
    yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
  },

  /** panthor_sched_suspend(). */
  *suspend(ptdev: PanthorDevice): Kernel<void> {
    const sched = ptdev.scheduler;
    yield* sched.lock.lock();
    const updCtx = drv.sched.csgsUpdCtxInit();
    for (let i = 0; i < sched.csgSlotCount; i++) {
      const { group } = sched.csgSlots[i];
      if (group === null) continue;
      const state = drv.sched.groupCanRun(group) ? CSG_STATE_SUSPEND : CSG_STATE_TERMINATE;
      drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, i, state, CSG_STATE_MASK);
    }
    const slots = updCtx.updateMask;
    yield* drv.sched.csgsUpdCtxApplyLocked(ptdev, updCtx);
    const suspendedSlots = (slots & ~updCtx.timedoutMask) >>> 0;

    if (updCtx.timedoutMask !== 0) {
      yield* drv.sched.suspendEscalate(ptdev, updCtx.timedoutMask);
    }
    if (suspendedSlots !== 0) yield* drv.sched.suspendFlush(ptdev, suspendedSlots);
    yield* drv.sched.suspendUnbindAll(ptdev);
    yield* sched.lock.unlock();
  },

  /** panthor_sched_suspend(): slots that did not suspend are terminated, by force if need be. */
  *suspendEscalate(ptdev: PanthorDevice, timedoutMask: number): Kernel<void> {
    const sched = ptdev.scheduler;
    yield* ptdev.base.err("CSG suspend failed, escalating to termination");
    const updCtx = drv.sched.csgsUpdCtxInit();
    for (const csgId of bitsOf(timedoutMask)) {
      const group = sched.csgSlots[csgId].group!;
      // It was fine until somebody else broke the firmware.
      if (drv.sched.groupCanRun(group)) group.innocent = true;
      group.timedout = true;
      drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, CSG_STATE_TERMINATE, CSG_STATE_MASK);
    }
    yield* drv.sched.csgsUpdCtxApplyLocked(ptdev, updCtx);

    for (const csgId of bitsOf(updCtx.timedoutMask)) {
      const group = sched.csgSlots[csgId].group!;
      // The soft reset that follows ends all groups; say so now.
      if (group.state === PANTHOR_CS_GROUP_TERMINATED) continue;
      group.state = PANTHOR_CS_GROUP_TERMINATED;
      for (let i = 0; i < group.queueCount; i++) {
        if (group.queues[i] !== null) yield* drv.sched.csSlotResetLocked(ptdev, csgId, i);
      }
    }
  },

  /** panthor_sched_suspend(): the suspend buffers must reach memory, or the groups are lost. */
  *suspendFlush(ptdev: PanthorDevice, suspendedSlots: number): Kernel<void> {
    const sched = ptdev.scheduler;
    const failed = (yield* drv.gpu.flushCaches(ptdev, CACHE_CLEAN, CACHE_CLEAN, 0)) !== 0;
    for (const csgId of bitsOf(suspendedSlots)) {
      if (failed) sched.csgSlots[csgId].group!.state = PANTHOR_CS_GROUP_TERMINATED;
      else yield* drv.sched.suspendSyncUpdate(ptdev, csgId);
    }
  },

  /** panthor_sched_suspend(): sync objects that only the flush made visible raise no event. */
  *suspendSyncUpdate(ptdev: PanthorDevice, csgId: number): Kernel<void> {
    yield* drv.sched.csgSlotSyncUpdateLocked(ptdev, csgId);
  },

  /** panthor_sched_suspend(): takes the groups off their slots. */
  *suspendUnbindAll(ptdev: PanthorDevice): Kernel<void> {
    const sched = ptdev.scheduler;
    for (let i = 0; i < sched.csgSlotCount; i++) {
      const { group } = sched.csgSlots[i];
      if (group === null) continue;
      drv.sched.groupGet(group);
      yield* drv.sched.groupProcessLastIrq(group);
      yield* drv.sched.groupUnbindLocked(group);
      ptdev.base.warnOn(!listEmpty(group.runNode), "!list_empty(&group->run_node)");

      if (drv.sched.groupCanRun(group)) listAdd(group.runNode, sched.groups.idle[group.priority]);
      else {
        // The termination does what is left; no need to stop the queues.
        listDelInit(group.waitNode);
        yield* drv.sched.groupQueueWork(group, group.termWork);
      }
      yield* drv.sched.groupPut(group);
    }
  },
});
