// A group that could not be suspended was not marked as timed out. Kernel: panthor_sched.c before
// "drm/panthor: Report group as timedout when we fail to properly suspend".

import type { PanthorGroup } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const suspendTimeoutNotReported = regression({
  id: "suspend-timeout-not-reported",
  title: "A group that fails to suspend is not reported as timed out",
  fix: "4700fd3e050d drm/panthor: Report group as timedout when we fail to properly suspend",
  effect: "its jobs end with -ECANCELED, or never, and GROUP_GET_STATE says nothing",
  trace: "07h-fw-dead",
  catches: [{ by: "result", of: /group_get_state/ }],
  overlay: overlay((_, prev) => ({
    sched: {
      *suspendEscalate(ptdev, timedoutMask) {
        const groups: PanthorGroup[] = [];
        for (const { group } of ptdev.scheduler.csgSlots) {
          if (group !== null && !group.timedout) groups.push(group);
        }
        yield* prev.sched.suspendEscalate(ptdev, timedoutMask);
        for (const group of groups) group.timedout = false;
      },
    },
  })),
});
