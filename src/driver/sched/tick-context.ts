// What a tick decides with: the groups that were on slots, the groups that shall be.
// Kernel: panthor_sched.c (7.3), tick_ctx_is_full() to tick_ctx_init(), tick_ctx_cleanup().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import type { Driver } from "../driver.ts";
import { CSG_STATUS_UPDATE } from "../fw/iface-bits.ts";
import { lowBits } from "./bits.ts";
import {
  ListHead,
  listAddTail,
  listDelInit,
  listEmpty,
  listEntries,
  listEntriesSafe,
  listMove,
  listMoveTail,
} from "./list.ts";
import { PANTHOR_CSG_PRIORITY_COUNT } from "./types.ts";
import type { PanthorGroup, PanthorSchedTickCtx, PanthorScheduler } from "./types.ts";

/** An empty list for each priority. */
export const priorityLists = (): ListHead<PanthorGroup>[] =>
  Array.from({ length: PANTHOR_CSG_PRIORITY_COUNT }, () => new ListHead<PanthorGroup>());

export const tickContextOps = (drv: Driver) => ({
  /** tick_ctx_is_full(). */
  tickCtxIsFull(sched: PanthorScheduler, ctx: PanthorSchedTickCtx): boolean {
    return ctx.groupCount === sched.csgSlotCount;
  },

  /**
   * tick_ctx_pick_groups_from_list(): takes groups that can run while slots and address spaces
   * last. The context owns a reference to each of its groups.
   */
  tickCtxPickGroupsFromList(
    sched: PanthorScheduler,
    ctx: PanthorSchedTickCtx,
    queue: ListHead<PanthorGroup>,
    skipIdleGroups: boolean,
    ownedByTickCtx: boolean,
  ): void {
    if (drv.sched.tickCtxIsFull(sched, ctx)) return;
    for (const group of listEntriesSafe(queue)) {
      if (!drv.sched.groupCanRun(group)) continue;
      const idle = drv.sched.groupIsIdle(group);
      if (skipIdleGroups && idle) continue;
      const newVm = !ctx.vms.includes(group.vm!);
      if (newVm && ctx.asCount === sched.asSlotCount) continue;

      if (!ownedByTickCtx) drv.sched.groupGet(group);
      ctx.groupCount++;
      // Two active groups of one priority: ticks go on, to rotate their slot priorities.
      if (idle) ctx.idleGroupCount++;
      else if (!listEmpty(ctx.groups[group.priority])) ctx.stopTick = false;

      listMoveTail(group.runNode, ctx.groups[group.priority]);
      if (newVm) ctx.vms[ctx.asCount++] = group.vm!;
      if (drv.sched.tickCtxIsFull(sched, ctx)) return;
    }
  },

  /** tick_ctx_insert_old_group(): in descending order of slot priority, for the rotation. */
  tickCtxInsertOldGroup(
    sched: PanthorScheduler,
    ctx: PanthorSchedTickCtx,
    group: PanthorGroup,
  ): void {
    const slot = sched.csgSlots[group.csgId];
    for (const other of listEntries(ctx.oldGroups[slot.group!.priority])) {
      if (slot.priority > sched.csgSlots[other.csgId].priority) {
        listAddTail(group.runNode, other.runNode);
        return;
      }
    }
    listAddTail(group.runNode, ctx.oldGroups[group.priority]);
  },

  /** tick_ctx_init(): also brings the state of all groups on slots up to date. */
  *tickCtxInit(sched: PanthorScheduler): Kernel<PanthorSchedTickCtx> {
    const { ptdev } = sched;
    const ctx: PanthorSchedTickCtx = {
      oldGroups: priorityLists(),
      groups: priorityLists(),
      idleGroupCount: 0,
      groupCount: 0,
      vms: [],
      asCount: 0,
      immediateTick: false,
      stopTick: true,
      csgUpdFailedMask: 0,
    };
    const updCtx = drv.sched.csgsUpdCtxInit();
    for (let i = 0; i < sched.csgSlotCount; i++) {
      const { group } = sched.csgSlots[i];
      if (group === null) continue;
      const csgIface = drv.fw.getCsgIface(ptdev, i);
      drv.sched.groupGet(group);

      // An MMU fault: the firmware's events may name the queue; if not, all are to blame.
      if (drv.mmu.vmHasUnhandledFaults(group.vm!)) {
        yield* drv.sched.schedProcessCsgIrq(ptdev, i);
        if (group.fatalQueues === 0) group.fatalQueues = lowBits(group.queueCount);
      }
      drv.sched.tickCtxInsertOldGroup(sched, ctx, group);
      const toggled = csgIface.output.ack ^ CSG_STATUS_UPDATE;
      drv.sched.csgsUpdCtxQueueReqs(ptdev, updCtx, i, toggled, CSG_STATUS_UPDATE);
    }
    const ret = yield* drv.sched.csgsUpdCtxApplyLocked(ptdev, updCtx);
    if (ret !== 0) {
      yield* drv.device.scheduleReset(ptdev);
      ctx.csgUpdFailedMask |= updCtx.timedoutMask;
    }
    return ctx;
  },

  /** tick_ctx_cleanup(): groups that cannot run are terminated, left-overs go back to lists. */
  *tickCtxCleanup(sched: PanthorScheduler, ctx: PanthorSchedTickCtx): Atomic<void> {
    const { base } = sched.ptdev;
    const fine = ctx.csgUpdFailedMask === 0;
    for (const list of ctx.oldGroups) {
      for (const group of listEntriesSafe(list)) {
        const canRun = drv.sched.groupCanRun(group);
        base.warnOn(fine && canRun, "!ctx->csg_upd_failed_mask && group_can_run(group)");
        if (!canRun) {
          listDelInit(group.runNode);
          listDelInit(group.waitNode);
          yield* drv.sched.groupQueueWork(group, group.termWork);
        } else drv.sched.tickCtxReturnGroup(sched, group);
        yield* drv.sched.groupPut(group);
      }
    }
    for (const list of ctx.groups) {
      const left = fine && !listEmpty(list);
      base.warnOn(left, "!ctx->csg_upd_failed_mask && !list_empty(&ctx->groups[i])");
      for (const group of listEntriesSafe(list)) {
        drv.sched.tickCtxReturnGroup(sched, group);
        yield* drv.sched.groupPut(group);
      }
    }
  },

  /** A group out of the context: to no list while on a slot, else to its idle or runnable list. */
  tickCtxReturnGroup(sched: PanthorScheduler, group: PanthorGroup): void {
    if (group.csgId >= 0) listDelInit(group.runNode);
    else {
      const lists = drv.sched.groupIsIdle(group) ? sched.groups.idle : sched.groups.runnable;
      listMove(group.runNode, lists[group.priority]);
    }
  },
});
