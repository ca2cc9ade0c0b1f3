// The rotation of priorities as it was first: groups on slots are ordered upwards on a full tick,
// and each tick puts the waiting groups before them. A group on a slot was never moved to the end.
// Kernel: panthor_sched.c before 55429c51d5db; a3c2d0b40b10 before that one.

import type { Overlay } from "../../driver/driver.ts";
import { listAddTail, listEntries } from "../../driver/sched/list.ts";
import { prioritiesDown } from "../../driver/sched/tick-apply.ts";
import { PANTHOR_CSG_PRIORITY_RT } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

/** `rotates` says on which ticks: the full ones, or by mistake the others. */
const oldRotation = (rotates: (fullTick: boolean) => boolean): Overlay =>
  overlay((final, prev) => {
    let fullTick = false;
    return {
      sched: {
        *tickWork(sched) {
          // The target of the tick that begins now.
          const target =
            sched.reschedTarget < 0 ? sched.lastTick + sched.tickPeriod : sched.reschedTarget;
          fullTick = final().linux.time.jiffies >= target;
          yield* prev.sched.tickWork(sched);
        },

        tickCtxInsertOldGroup(sched, ctx, group) {
          const { priority } = sched.csgSlots[group.csgId];
          const list = ctx.oldGroups[group.priority];
          if (rotates(fullTick)) {
            for (const other of listEntries(list)) {
              if (sched.csgSlots[other.csgId].priority > priority) {
                listAddTail(group.runNode, other.runNode);
                return;
              }
            }
          }
          listAddTail(group.runNode, list);
        },

        tickPickGroups(sched, ctx, full) {
          const { runnable, idle } = sched.groups;
          const pick = final().sched.tickCtxPickGroupsFromList;
          if (!full) {
            for (const prio of prioritiesDown) {
              pick(sched, ctx, ctx.oldGroups[prio], true, true);
              if (prio === PANTHOR_CSG_PRIORITY_RT) {
                pick(sched, ctx, runnable[prio], true, false);
              }
            }
          }
          for (const prio of prioritiesDown) {
            pick(sched, ctx, runnable[prio], true, false);
            pick(sched, ctx, ctx.oldGroups[prio], true, true);
          }
          for (const prio of prioritiesDown) {
            pick(sched, ctx, ctx.oldGroups[prio], false, true);
            pick(sched, ctx, idle[prio], false, false);
          }
        },
      },
    };
  });

export const groupPriorityRotation = regression({
  id: "group-priority-rotation",
  title: "The group with the highest priority does not go to the end",
  fix: "55429c51d5db drm/panthor: Fix the group priority rotation logic",
  effect: "two groups swap the two highest priorities, the third never gets one",
  trace: "05d-rotation-4-groups",
  catches: [
    {
      by: "sequence",
      aspect: "request words",
      kind: "missing",
      of: /host_req .*CSG_REQ/,
    },
  ],
  overlay: oldRotation((full) => full),
});

export const invertedFullTick = regression({
  id: "inverted-full-tick",
  title: "Priorities rotate on the wrong ticks",
  fix: "a3c2d0b40b10 drm/panthor: Fix the full_tick check",
  effect: "a tick in the middle of a period rotates, the one at its end does not",
  trace: "05d-rotation-4-groups",
  catches: [
    {
      by: "sequence",
      aspect: "request words",
      kind: "missing",
      of: /host_req .*CSG_REQ/,
    },
  ],
  overlay: oldRotation((full) => !full),
});
