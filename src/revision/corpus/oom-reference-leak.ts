// A tiler OOM work that was cancelled when its group left the slot kept its reference. Kernel:
// panthor_sched.c before 6efeb9ddb4fb.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const oomReferenceLeak = regression({
  id: "oom-reference-leak",
  title: "The reference of a cancelled tiler OOM work leaks",
  fix: "6efeb9ddb4fb drm/panthor: Fix a leak when a group is evicted before the tiler OOM is serviced",
  effect: "the group is never released, nor the memory of its VM",
  trace: "corpus/oom-while-terminating",
  catches: [
    { by: "warning", of: /leak: panthor_group/ },
    { by: "check", name: "references" },
  ],
  overlay: overlay((final) => ({
    sched: {
      *groupLeaveSlot(group) {
        const { linux } = final();
        const slot = group.ptdev.scheduler.csgSlots[group.csgId];
        group.csgId = -1;
        group.tilerOom = 0;
        yield* linux.wq.cancelWork(group.tilerOomWork);
        for (let i = 0; i < group.queueCount; i++) group.queues[i]!.doorbellId = 0xff;
        slot.group = null;
      },
    },
  })),
});
