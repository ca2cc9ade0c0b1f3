// group_unbind_locked() processes what the firmware has reported and empties the slot in one
// section: no event can fall between the two. Its callers no longer do the first part.
// Kernel: panthor_sched.c, merged as 84bf75cf3796.

import { EINVAL } from "../../machine/errno.ts";
import { done } from "../../machine/core/op.ts";
import { overlay, patch } from "../patch.ts";
import { eventsOf } from "./events-section.ts";

export const csgIrqAtUnbind = patch({
  id: "irq-latency/0007",
  title: "Automate CSG IRQ processing at group unbind time",
  source: "84bf75cf3796; v3 7/7",
  observable: "nothing on one CPU; an event between processing and unbind has no slot to fall in",
  overlay: overlay((final) => ({
    sched: {
      groupProcessLastIrq: () => done(),

      *groupUnbindLocked(group) {
        const { mmu, sched } = final();
        const { ptdev } = group;
        const section = eventsOf(ptdev.scheduler);
        if (!sched.groupMayUnbind(group)) return -EINVAL;
        yield* section.enter();
        yield* sched.schedProcessCsgIrqLocked(ptdev, group.csgId);
        yield* sched.groupLeaveSlot(group);
        yield* section.leave();
        yield* mmu.vmIdle(group.vm!);
        yield* sched.groupPut(group);
        return 0;
      },
    },
  })),
});
