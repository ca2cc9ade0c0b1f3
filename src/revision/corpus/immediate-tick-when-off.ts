// A tick asked for at once while ticking was off did not know when the next one would have been.
// U64_MAX lies before every jiffy, so each counted as a full tick. Kernel: panthor_sched.c before
// 4356d21994f4.

import { NO_TICK } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const immediateTickWhenOff = regression({
  id: "immediate-tick-when-off",
  title: "Each immediate tick while ticking is off is a full one",
  fix: "4356d21994f4 drm/panthor: Fix immediate ticking on a disabled tick",
  effect: "priorities rotate in the middle of a period",
  trace: "corpus/submit-while-tick-off",
  catches: [
    { by: "sequence", aspect: "request words", kind: "extra", of: /host_req csg=0 cs=-1 CSG_REQ/ },
  ],
  overlay: overlay((_, prev) => {
    let off = false;
    return {
      sched: {
        *tickWork(sched) {
          off = sched.reschedTarget === NO_TICK;
          yield* prev.sched.tickWork(sched);
        },
        tickPickGroups(sched, ctx, fullTick) {
          prev.sched.tickPickGroups(sched, ctx, fullTick || off);
        },
      },
    };
  }),
});
