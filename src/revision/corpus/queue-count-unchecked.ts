// The number of queues of a new group was not checked. Kernel: panthor_sched.c before a00f2c8079e4.

import { EINVAL } from "../../machine/errno.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const queueCountUnchecked = regression({
  id: "queue-count-unchecked",
  title: "GROUP_CREATE accepts any number of queues",
  fix: "a00f2c8079e4 drm/panthor: validate group queue count",
  effect: "the ioctl returns 0 for more queues than a slot has",
  trace: "corpus/group-arguments",
  catches: [{ by: "result", of: /group_create/ }],
  overlay: overlay((_, prev) => ({
    sched: {
      groupCheckArgs(ptdev, args) {
        const ok = { ...args, queues: { count: 0 } };
        return prev.sched.groupCheckArgs(ptdev, ok) === 0 ? 0 : -EINVAL;
      },
    },
  })),
});
