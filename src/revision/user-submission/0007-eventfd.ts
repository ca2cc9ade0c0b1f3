// Patch 7/8: an eventfd of a group is bumped for each sync event of the firmware that is handled.
// The one for state changes is declared and never used (USUB-11). RFC: panthor_sched.c.

import type { Eventfd } from "../../machine/eventfd.ts";
import { patch } from "../patch.ts";
import { userGroup } from "./state.ts";
import { needs, usubOverlay } from "./unit.ts";

export const eventfd = patch({
  id: "user-submission/07",
  title: "drm/panthor: Notify user space of sync updates through eventfd",
  source: "20240828172605.19176-8-mihail.atanassov@arm.com",
  observable: "a group's eventfd counts handled sync events",
  overlay: usubOverlay((drv, prev) => {
    needs(prev, "storeEventfd", "user-submission/07", "user-submission/06");
    return {
      usub: {
        *groupGetEventfds(pfile, group, args) {
          const ug = userGroup(group);
          const fd = args.eventfdSyncUpdate ?? -1;
          if (!ug.userSubmit || fd < 0) return 0;
          const { usub } = drv();
          return usub.storeEventfd(pfile, fd, (ctx) => (ug.eventfdSyncUpdate = ctx));
        },
        *groupPutEventfds(group) {
          const { usub } = drv();
          const ug = userGroup(group);
          yield* usub.eventfdPut(ug.eventfdSyncUpdate);
          yield* usub.eventfdPut(ug.eventfdGroupState);
        },
        *groupSyncEvent(group) {
          const { eventfdSyncUpdate } = userGroup(group);
          if (eventfdSyncUpdate !== null) yield* (eventfdSyncUpdate as Eventfd).signal();
        },
      },
    };
  }),
});
