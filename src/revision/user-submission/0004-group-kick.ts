// Patch 4/8: the GROUP_KICK ioctl. RFC: panthor_drv.c, panthor_sched.c.

import { patch } from "../patch.ts";
import { withIoctls } from "./0006-xgs-queues.ts";
import { withCommands } from "./ioctl-numbers.ts";
import { kickOps } from "./kick.ts";
import { listGuard } from "./list-guard.ts";
import type { GroupKickArgs } from "./uapi.ts";
import { needs, usubOverlay } from "./unit.ts";

export const groupKick = patch({
  id: "user-submission/04",
  title: "drm/panthor: Add GROUP_KICK",
  source: "20240828172605.19176-5-mihail.atanassov@arm.com",
  observable: "GROUP_KICK schedules a group, or rings the doorbell of one that has a slot",
  overlay: usubOverlay((drv, prev) => {
    needs(prev, "groupGetEventfds", "user-submission/04", "user-submission/02");
    return {
      usub: kickOps(drv),
      drv: {
        ...withCommands(prev.drv, ["GROUP_KICK"]),
        ioctlTable() {
          return withIoctls(prev.drv.ioctlTable(), {
            GROUP_KICK: (file, args: GroupKickArgs) => drv().usub.ioctlGroupKick(file.pfile, args),
          });
        },
      },
      sched: listGuard(drv, prev),
    };
  }),
});
