// tick_work()'s choice of groups, split into a function for each of its three passes.

import type { Driver } from "../../driver/driver.ts";
import { listAddTail, listDel, listFirstOrNull } from "../../driver/sched/list.ts";
import { prioritiesDown } from "../../driver/sched/tick-apply.ts";
import { PANTHOR_CSG_PRIORITY_RT } from "../../driver/sched/types.ts";
import type { PanthorScheduler, PanthorSchedTickCtx } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { control } from "./control.ts";

type Pass = (drv: Driver, sched: PanthorScheduler, ctx: PanthorSchedTickCtx, prio: number) => void;

const keepRunning: Pass = (drv, sched, ctx, prio) => {
  const pick = drv.sched.tickCtxPickGroupsFromList;
  pick(sched, ctx, ctx.oldGroups[prio], true, true);
  if (prio !== PANTHOR_CSG_PRIORITY_RT) return;
  pick(sched, ctx, sched.groups.runnable[prio], true, false);
};

const rotate: Pass = (drv, sched, ctx, prio) => {
  const pick = drv.sched.tickCtxPickGroupsFromList;
  const old = ctx.oldGroups[prio];
  const highest = listFirstOrNull(old);
  if (highest !== null) listDel(highest.runNode);
  pick(sched, ctx, old, true, true);
  pick(sched, ctx, sched.groups.runnable[prio], true, false);
  if (highest === null) return;
  listAddTail(highest.runNode, old);
  pick(sched, ctx, old, true, true);
};

const fillWithIdle: Pass = (drv, sched, ctx, prio) => {
  const pick = drv.sched.tickCtxPickGroupsFromList;
  pick(sched, ctx, ctx.oldGroups[prio], false, true);
  pick(sched, ctx, sched.groups.idle[prio], false, false);
};

export const controlSplitFunction = control(
  "split-function",
  "tick_work() is split into functions",
  overlay((final) => ({
    sched: {
      tickPickGroups(sched, ctx, fullTick) {
        const passes = fullTick ? [rotate, fillWithIdle] : [keepRunning, rotate, fillWithIdle];
        for (const pass of passes) {
          for (const prio of prioritiesDown) {
            if (final().sched.tickCtxIsFull(sched, ctx)) break;
            pass(final(), sched, ctx, prio);
          }
        }
      },
    },
  })),
);
