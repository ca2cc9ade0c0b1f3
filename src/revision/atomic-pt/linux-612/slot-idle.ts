// A group on a slot is idle when the firmware said so at the last status update; what its queues were
// at that time decides only while it is off slot. A slot keeps what was said of the group before.
// Kernel: panthor_sched.c of 6.12 (csg_slot_sync_idle_state_locked, group_is_idle).

import { CSG_STATUS_STATE_IS_IDLE } from "../../../driver/fw/iface-bits.ts";
import type { PanthorCsgSlot } from "../../../driver/sched/types.ts";
import { overlay, patch } from "../../patch.ts";

/** struct panthor_csg_slot of 6.12. */
interface SlotWithIdle extends PanthorCsgSlot {
  idle?: boolean;
}

export const slotIdle = patch({
  id: "linux-6.12/slot-idle",
  title: "Whether a group on a slot is idle is what the firmware said last",
  source: "Linux 6.12",
  observable: "a group whose ring got content without a doorbell stays idle, and is evicted first",
  overlay: overlay((final, prev) => ({
    sched: {
      csgSlotSyncQueuesStateLocked(ptdev, csgId) {
        prev.sched.csgSlotSyncQueuesStateLocked(ptdev, csgId);
        const { statusState } = final().fw.getCsgIface(ptdev, csgId).output;
        const slot: SlotWithIdle = ptdev.scheduler.csgSlots[csgId];
        slot.idle = (statusState & CSG_STATUS_STATE_IS_IDLE) !== 0;
      },
      groupIsIdle(group) {
        if (group.csgId < 0) return prev.sched.groupIsIdle(group);
        const slot: SlotWithIdle = group.ptdev.scheduler.csgSlots[group.csgId];
        return slot.idle ?? false;
      },
    },
  })),
});
