// Whether a group on a slot was idle came from the last status of the slot, not from its queues.
// Kernel: panthor_sched.c before "drm/panthor: Simplify group idleness tracking".

import type { PanthorGroup } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const idlenessOfTheSlot = regression({
  id: "idleness-of-the-slot",
  title: "Group and queues disagree about being idle",
  fix: "851f58d02f0d drm/panthor: Simplify group idleness tracking",
  effect: "a group with new work counts as idle until the next tick",
  trace: "corpus/idle-groups-on-slots",
  catches: [{ by: "sequence", aspect: "work items", kind: "missing", of: /run tick_work/ }],
  overlay: overlay((final, prev) => {
    /** `panthor_csg_slot::idle`, by the group on the slot. */
    const idle = new WeakMap<PanthorGroup, boolean>();
    return {
      sched: {
        csgSlotSyncQueuesStateLocked(ptdev, csgId) {
          prev.sched.csgSlotSyncQueuesStateLocked(ptdev, csgId);
          const { statusState } = final().fw.getCsgIface(ptdev, csgId).output;
          idle.set(ptdev.scheduler.csgSlots[csgId].group!, (statusState & 1) !== 0);
        },
        groupIsIdle(group) {
          if (group.csgId >= 0) return idle.get(group) ?? false;
          return prev.sched.groupIsIdle(group);
        },
      },
    };
  }),
});
