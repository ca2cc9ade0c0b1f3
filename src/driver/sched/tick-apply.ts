// Carries out what a tick decided: suspend or terminate, change priorities, unbind, start.
// Kernel: panthor_sched.c (7.3), tick_ctx_apply(), tick_ctx_update_resched_target().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import type { Driver } from "../driver.ts";
import {
  CSG_ENDPOINT_CONFIG,
  CSG_EP_REQ_PRIORITY_MASK,
  CSG_STATE_MASK,
  CSG_STATE_RESUME,
  CSG_STATE_START,
  CSG_STATE_SUSPEND,
  CSG_STATE_TERMINATE,
  csgEpReqPriority,
} from "../fw/iface-bits.ts";
import { bit, firstBit } from "./bits.ts";
import { listDelInit, listEntries, listEntriesSafe, listMoveTail } from "./list.ts";
import {
  MAX_CSG_PRIO,
  NO_TICK,
  PANTHOR_CS_GROUP_SUSPENDED,
  PANTHOR_CSG_PRIORITY_COUNT,
} from "./types.ts";
import type { PanthorCsgSlotsUpdCtx, PanthorSchedTickCtx, PanthorScheduler } from "./types.ts";

/** Priorities in the order the tick walks them: highest first. */
export const prioritiesDown: readonly number[] = Array.from(
  { length: PANTHOR_CSG_PRIORITY_COUNT },
  (_, i) => PANTHOR_CSG_PRIORITY_COUNT - 1 - i,
);

export const tickApplyOps = (drv: Driver) => ({
  /** tick_ctx_apply(). On failure the groups stay in the context, for tick_ctx_cleanup(). */
  *tickCtxApply(sched: PanthorScheduler, ctx: PanthorSchedTickCtx): Kernel<void> {
    let updCtx = drv.sched.csgsUpdCtxInit();
    yield* drv.sched.tickCtxQueueEvictions(sched, ctx, updCtx);
    if (!(yield* drv.sched.tickCtxApplyUpdates(sched, ctx, updCtx))) return;

    yield* drv.sched.tickCtxUnbindEvicted(sched, ctx);

    updCtx = drv.sched.csgsUpdCtxInit();
    if (!(yield* drv.sched.tickCtxStartNew(sched, ctx, updCtx))) return;
    if (!(yield* drv.sched.tickCtxApplyUpdates(sched, ctx, updCtx))) return;

    yield* drv.sched.tickCtxReleaseGroups(sched, ctx);
    sched.usedCsgSlotCount = ctx.groupCount;
    sched.mightHaveIdleGroups = ctx.idleGroupCount > 0;
  },

  /** csgs_upd_ctx_apply_locked() with the error handling of the tick; false on failure. */
  *tickCtxApplyUpdates(
    sched: PanthorScheduler,
    ctx: PanthorSchedTickCtx,
    updCtx: PanthorCsgSlotsUpdCtx,
  ): Kernel<boolean> {
    const ret = yield* drv.sched.csgsUpdCtxApplyLocked(sched.ptdev, updCtx);
    if (ret === 0) return true;
    yield* drv.device.scheduleReset(sched.ptdev);
    ctx.csgUpdFailedMask |= updCtx.timedoutMask;
    return false;
  },

  /** First part of tick_ctx_apply(): evictions, and new priorities of groups that stay. */
  *tickCtxQueueEvictions(
    sched: PanthorScheduler,
    ctx: PanthorSchedTickCtx,
    updCtx: PanthorCsgSlotsUpdCtx,
  ): Kernel<void> {
    const { ptdev } = sched;
    let newCsgPrio = MAX_CSG_PRIO;
    for (const prio of prioritiesDown) {
      for (const group of listEntries(ctx.oldGroups[prio])) {
        const { csgId } = group;
        if (ptdev.base.warnOn(csgId < 0, "csg_id < 0")) continue;
        const state = drv.sched.groupCanRun(group) ? CSG_STATE_SUSPEND : CSG_STATE_TERMINATE;
        drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, state, CSG_STATE_MASK);
      }
      for (const group of listEntries(ctx.groups[prio])) {
        const { csgId } = group;
        const priority = newCsgPrio--;
        if (csgId < 0 || sched.csgSlots[csgId].priority === priority) continue;
        const csgIface = drv.fw.getCsgIface(ptdev, csgId);
        yield* drv.fw.csgEndpointReqUpdate(
          ptdev,
          csgIface,
          BigInt(csgEpReqPriority(priority)),
          BigInt(CSG_EP_REQ_PRIORITY_MASK),
        );
        const toggled = csgIface.output.ack ^ CSG_ENDPOINT_CONFIG;
        drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, toggled, CSG_ENDPOINT_CONFIG);
      }
    }
  },

  /** Second part of tick_ctx_apply(): no event of an evicted group may reach the next one. */
  *tickCtxUnbindEvicted(_sched: PanthorScheduler, ctx: PanthorSchedTickCtx): Kernel<void> {
    for (const prio of prioritiesDown) {
      for (const group of listEntries(ctx.oldGroups[prio])) {
        yield* drv.sched.groupProcessLastIrq(group);
        yield* drv.sched.groupUnbindLocked(group);
      }
    }
  },

  /** Third part of tick_ctx_apply(): binds and programs new groups; false if a bind failed. */
  *tickCtxStartNew(
    sched: PanthorScheduler,
    ctx: PanthorSchedTickCtx,
    updCtx: PanthorCsgSlotsUpdCtx,
  ): Kernel<boolean> {
    const { ptdev } = sched;
    let newCsgPrio = MAX_CSG_PRIO;
    let freeCsgSlots = 0;
    for (let i = 0; i < sched.csgSlotCount; i++) {
      if (sched.csgSlots[i].group === null) freeCsgSlots |= bit(i);
    }
    for (const prio of prioritiesDown) {
      for (const group of listEntries(ctx.groups[prio])) {
        if (group.csgId >= 0) {
          newCsgPrio--;
          continue;
        }
        const csgId = firstBit(freeCsgSlots);
        if (ptdev.base.warnOn(csgId < 0, "csg_id < 0")) break;
        const csgIface = drv.fw.getCsgIface(ptdev, csgId);
        const ret = yield* drv.sched.groupBindLocked(group, csgId);
        if (ret !== 0) {
          yield* drv.device.scheduleReset(ptdev);
          ctx.csgUpdFailedMask |= bit(csgId);
          return false;
        }
        yield* drv.sched.csgSlotProgLocked(ptdev, csgId, newCsgPrio--);
        const state =
          group.state === PANTHOR_CS_GROUP_SUSPENDED ? CSG_STATE_RESUME : CSG_STATE_START;
        drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, state, CSG_STATE_MASK);
        const toggled = csgIface.output.ack ^ CSG_ENDPOINT_CONFIG;
        drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, toggled, CSG_ENDPOINT_CONFIG);
        freeCsgSlots &= ~bit(csgId);
      }
    }
    return true;
  },

  /** Last part of tick_ctx_apply(): groups leave the context, except those to terminate. */
  *tickCtxReleaseGroups(sched: PanthorScheduler, ctx: PanthorSchedTickCtx): Atomic<void> {
    const { idle, runnable } = sched.groups;
    for (const prio of prioritiesDown) {
      for (const group of listEntriesSafe(ctx.groups[prio])) {
        listDelInit(group.runNode);
        // Destroyed while the firmware worked: look again at once.
        if (group.destroyed) ctx.immediateTick = true;
        yield* drv.sched.groupPut(group);
      }
      for (const group of listEntriesSafe(ctx.oldGroups[prio])) {
        if (!drv.sched.groupCanRun(group)) continue;
        const lists = drv.sched.groupIsIdle(group) ? idle : runnable;
        listMoveTail(group.runNode, lists[prio]);
        yield* drv.sched.groupPut(group);
      }
    }
  },

  /** tick_ctx_update_resched_target(): jiffies to the next tick, NO_TICK for none. */
  tickCtxUpdateReschedTarget(sched: PanthorScheduler, ctx: PanthorSchedTickCtx): number {
    if (ctx.stopTick) {
      sched.reschedTarget = NO_TICK;
      return NO_TICK;
    }
    const target = sched.lastTick + sched.tickPeriod;
    if (sched.reschedTarget < sched.lastTick || target < sched.reschedTarget) {
      sched.reschedTarget = target;
    }
    return sched.reschedTarget - sched.lastTick;
  },
});
