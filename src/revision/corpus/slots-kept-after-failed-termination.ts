// Queue slots were not reset when even the termination of a group timed out. Kernel:
// panthor_sched.c before "drm/panthor: Reset queue slots if termination fails".

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const slotsKeptAfterFailedTermination = regression({
  id: "slots-kept-after-failed-termination",
  title: "Queue slots stay programmed when termination fails",
  fix: "6f53bcb4fe66 drm/panthor: Reset queue slots if termination fails",
  effect: "the timers of the queues go on although their group is gone",
  trace: "07h-fw-dead",
  catches: [
    { by: "sequence", aspect: "request words", kind: "missing", of: /host_req csg=0 cs=0 CS_REQ/ },
  ],
  overlay: overlay((_, prev) => {
    let escalating = false;
    return {
      sched: {
        *suspendEscalate(ptdev, timedoutMask) {
          escalating = true;
          yield* prev.sched.suspendEscalate(ptdev, timedoutMask);
          escalating = false;
        },
        *csSlotResetLocked(ptdev, csgId, csId) {
          if (escalating) return 0;
          return yield* prev.sched.csSlotResetLocked(ptdev, csgId, csId);
        },
      },
    };
  }),
});
