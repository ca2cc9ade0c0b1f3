// The tick stopped as soon as slots were left or a group was idle, so priorities of groups on slots
// did not rotate. Kernel: panthor_sched.c before 61d9a43d70dc.

import { listEmpty } from "../../driver/sched/list.ts";
import { NO_TICK, PANTHOR_CSG_PRIORITY_COUNT } from "../../driver/sched/types.ts";
import type { PanthorSchedTickCtx } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const stopTickingTooEarly = regression({
  id: "stop-ticking-too-early",
  title: "Ticking stops while priorities have to rotate",
  fix: "61d9a43d70dc drm/panthor: Fix the logic that decides when to stop ticking",
  effect: "groups of one priority keep their slot priorities; the lowest may starve",
  trace: "05d-rotation-4-groups",
  catches: [{ by: "sequence", aspect: "work items", kind: "missing", of: /run tick_work/ }],
  overlay: overlay((final, prev) => {
    const lowest = new WeakMap<PanthorSchedTickCtx, number>();
    return {
      sched: {
        tickPickGroups(sched, ctx, fullTick) {
          prev.sched.tickPickGroups(sched, ctx, fullTick);
          const used = ctx.groups.findIndex((list) => !listEmpty(list));
          lowest.set(ctx, used < 0 ? PANTHOR_CSG_PRIORITY_COUNT : used);
        },
        tickCtxUpdateReschedTarget(sched, ctx) {
          const full = final().sched.tickCtxIsFull(sched, ctx);
          const priority = lowest.get(ctx) ?? PANTHOR_CSG_PRIORITY_COUNT;
          sched.reschedTarget = full && ctx.idleGroupCount === 0 ? sched.reschedTarget : NO_TICK;
          if (!full || ctx.idleGroupCount > 0) return NO_TICK;
          if (listEmpty(sched.groups.runnable[priority])) {
            sched.reschedTarget = NO_TICK;
            return NO_TICK;
          }
          const target = sched.lastTick + sched.tickPeriod;
          if (sched.reschedTarget < sched.lastTick || target < sched.reschedTarget) {
            sched.reschedTarget = target;
          }
          return sched.reschedTarget - sched.lastTick;
        },
      },
    };
  }),
});
