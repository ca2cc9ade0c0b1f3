// A group killed because others had broken the firmware was not reported as innocent. Kernel:
// panthor_sched.c before 4181576d85c6.

import { DRM_PANTHOR_GROUP_STATE_INNOCENT } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const innocentNotReported = regression({
  id: "innocent-not-reported",
  title: "An innocent group is not reported as such",
  fix: "4181576d85c6 drm/panthor: Report innocent group kill",
  effect: "GROUP_GET_STATE lacks the innocent flag after a reset",
  trace: "07h-fw-dead",
  catches: [{ by: "result", of: /group_get_state/ }],
  overlay: overlay((_, prev) => ({
    sched: {
      *groupGetState(pfile, args) {
        const ret = yield* prev.sched.groupGetState(pfile, args);
        args.state &= ~DRM_PANTHOR_GROUP_STATE_INNOCENT;
        return ret;
      },
    },
  })),
});
