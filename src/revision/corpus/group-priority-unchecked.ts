// Any program could ask for the priorities that starve others. Kernel: panthor_drv.c before
// 5f7762042f8a.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const groupPriorityUnchecked = regression({
  id: "group-priority-unchecked",
  title: "High and real-time priorities need no privilege",
  fix: "5f7762042f8a drm/panthor: Restrict high priorities on group_create",
  effect: "the ioctl returns 0 instead of -EACCES",
  trace: "uapi/refusals",
  catches: [{ by: "result", of: /group_create/ }],
  overlay: overlay(() => ({ drv: { groupPriorityPermit: () => 0 } })),
});
