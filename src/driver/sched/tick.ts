// The tick: picks the groups that get the slots, and when it is to come again.
// Kernel: panthor_sched.c (7.3), tick_work(), sched_resume_tick(), group_schedule_locked().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { listAddTail, listDel, listFirstOrNull, listMoveTail } from "./list.ts";
import { prioritiesDown } from "./tick-apply.ts";
import { NO_TICK, PANTHOR_CSG_PRIORITY_RT } from "./types.ts";
import type { PanthorGroup, PanthorSchedTickCtx, PanthorScheduler } from "./types.ts";

export const tickOps = (drv: Driver) => ({
  /** tick_work(). */
  *tickWork(sched: PanthorScheduler): Kernel<void> {
    const { ptdev } = sched;
    let target = sched.reschedTarget;
    const now = drv.linux.time.jiffies;

    if (!ptdev.base.enter()) return;
    const ret = yield* drv.device.resumeAndGet(ptdev);
    if (ptdev.base.warnOn(ret !== 0, "ret")) {
      yield* ptdev.base.exit();
      return;
    }
    // While the tick is stopped: when it would have been.
    if (target === NO_TICK) target = sched.lastTick + sched.tickPeriod;
    const fullTick = now >= target;

    yield* sched.lock.lock();
    if (!drv.device.resetIsPending(ptdev)) {
      const ctx = yield* drv.sched.tickCtxInit(sched);
      if (ctx.csgUpdFailedMask === 0) {
        drv.sched.tickPickGroups(sched, ctx, fullTick);
        yield* drv.sched.tickCtxApply(sched, ctx);
        if (ctx.csgUpdFailedMask === 0) yield* drv.sched.tickFinish(sched, ctx, now);
      }
      yield* drv.sched.tickCtxCleanup(sched, ctx);
    }
    yield* sched.lock.unlock();
    yield* ptdev.pmRuntime.markLastBusy();
    yield* ptdev.pmRuntime.putAutosuspend();
    yield* ptdev.base.exit();
  },

  /** The choice of groups in tick_work(). */
  tickPickGroups(sched: PanthorScheduler, ctx: PanthorSchedTickCtx, fullTick: boolean): void {
    const { runnable, idle } = sched.groups;
    const full = () => drv.sched.tickCtxIsFull(sched, ctx);
    const pick = drv.sched.tickCtxPickGroupsFromList;

    if (!fullTick) {
      // In the middle of a period only real-time groups preempt, and only others than their kind.
      for (const prio of prioritiesDown) {
        if (full()) break;
        pick(sched, ctx, ctx.oldGroups[prio], true, true);
        if (prio === PANTHOR_CSG_PRIORITY_RT) pick(sched, ctx, runnable[prio], true, false);
      }
    }

    for (const prio of prioritiesDown) {
      if (full()) break;
      // Rotation: the one with the highest slot priority comes after the others.
      const first = listFirstOrNull(ctx.oldGroups[prio]);
      if (first !== null) listDel(first.runNode);
      pick(sched, ctx, ctx.oldGroups[prio], true, true);
      pick(sched, ctx, runnable[prio], true, false);
      if (first !== null) {
        listAddTail(first.runNode, ctx.oldGroups[prio]);
        pick(sched, ctx, ctx.oldGroups[prio], true, true);
      }
    }

    // Slots that are left: idle groups, those that have one already first.
    for (const prio of prioritiesDown) {
      if (full()) break;
      pick(sched, ctx, ctx.oldGroups[prio], false, true);
      pick(sched, ctx, idle[prio], false, false);
    }
  },

  /** The end of a successful tick_work(): power, frequency, the next tick. */
  *tickFinish(sched: PanthorScheduler, ctx: PanthorSchedTickCtx, now: number): Kernel<void> {
    const { ptdev } = sched;
    if (ctx.idleGroupCount === ctx.groupCount) {
      yield* drv.devfreq.recordIdle(ptdev);
      if (sched.pm.hasRef) {
        yield* ptdev.pmRuntime.putAutosuspend();
        sched.pm.hasRef = false;
      }
    } else {
      yield* drv.devfreq.recordBusy(ptdev);
      if (!sched.pm.hasRef) {
        yield* ptdev.pmRuntime.get();
        sched.pm.hasRef = true;
      }
    }
    sched.lastTick = now;
    let delay = drv.sched.tickCtxUpdateReschedTarget(sched, ctx);
    if (ctx.immediateTick) delay = 0;
    if (delay !== NO_TICK) {
      yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, delay);
    }
  },

  /** sched_resume_tick(): the tick was off and there is something to do. */
  *schedResumeTick(ptdev: PanthorDevice): Atomic<void> {
    const sched = ptdev.scheduler;
    ptdev.base.warnOn(sched.reschedTarget !== NO_TICK, "sched->resched_target != U64_MAX");
    const now = drv.linux.time.jiffies;
    sched.reschedTarget = sched.lastTick + sched.tickPeriod;
    const wait = sched.usedCsgSlotCount === sched.csgSlotCount && now < sched.reschedTarget;
    const delay = wait ? sched.reschedTarget - now : 0;
    // An immediate tick that is queued already must not be put off.
    if (!sched.tickWork.pending) {
      yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, delay);
    }
  },

  /** group_schedule_locked(): queues of an unscheduled group have new work. */
  *groupScheduleLocked(group: PanthorGroup, queueMask: number): Atomic<void> {
    const { ptdev } = group;
    const sched = ptdev.scheduler;
    if (!drv.sched.groupCanRun(group)) return;
    // All of these queues are blocked.
    if ((queueMask & ~group.blockedQueues) === 0) return;

    const wasIdle = drv.sched.groupIsIdle(group);
    group.idleQueues &= ~queueMask;
    // The lists belong to the reset while one is in progress.
    if (sched.reset.inProgress) return;
    if (wasIdle && !drv.sched.groupIsIdle(group)) {
      listMoveTail(group.runNode, sched.groups.runnable[group.priority]);
    }

    // Real-time groups preempt; and a slot may have become free.
    if (group.priority === PANTHOR_CSG_PRIORITY_RT || sched.mightHaveIdleGroups) {
      yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
      return;
    }
    if (sched.reschedTarget !== NO_TICK) {
      // It ticks anyway: at once only if there are free slots.
      if (sched.usedCsgSlotCount < sched.csgSlotCount) {
        yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
      }
      return;
    }
    yield* drv.sched.schedResumeTick(ptdev);
  },
});
