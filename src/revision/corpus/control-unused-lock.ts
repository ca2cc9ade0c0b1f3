// `panthor_group::fatal_lock` is initialised and never taken; upstream dropped it (de16b489aa46).

import { overlay } from "../patch.ts";
import { control } from "./control.ts";

export const controlUnusedLock = control(
  "unused-lock",
  "panthor_group::fatal_lock is removed",
  overlay((_, prev) => ({
    sched: {
      groupAlloc(ptdev, args) {
        const group = prev.sched.groupAlloc(ptdev, args);
        delete (group as { fatalLock?: unknown }).fatalLock;
        return group;
      },
    },
  })),
);
