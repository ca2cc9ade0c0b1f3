// A reset expects that no group is left runnable once the scheduler is suspended, which a group whose
// address space could not be enabled is (recording mmu-enable-fails of 6.12).
// Kernel: panthor_sched.c before ddf2cb3c9e65 (panthor_sched_pre_reset).

import { listEmpty } from "../../../driver/sched/list.ts";
import { overlay, patch } from "../../patch.ts";

export const schedulerWarns = patch({
  id: "atomic-pt/before-scheduler-warning",
  title: "panthor_sched_pre_reset() warns of runnable groups",
  source: "Linux before ddf2cb3c9e65",
  observable: "a warning when the reset is for an address space that could not be enabled",
  overlay: overlay((_, prev) => ({
    sched: {
      *suspend(ptdev) {
        yield* prev.sched.suspend(ptdev);
        const { groups, reset } = ptdev.scheduler;
        if (!reset.inProgress) return;
        for (const list of groups.runnable) {
          ptdev.base.warnOn(!listEmpty(list), "!list_empty(&sched->groups.runnable[i])");
        }
      },
    },
  })),
});
