// A queue counted as blocked while deferred operations of it could still unblock others. Kernel:
// panthor_sched.c before "drm/panthor: Don't declare a queue blocked if deferred operations are
// pending".

import { CS_STATUS_BLOCKED_REASON_SYNC_WAIT } from "../../driver/fw/iface-bits.ts";
import { bit } from "../../driver/sched/bits.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const blockedInSpiteOfDeferred = regression({
  id: "blocked-in-spite-of-deferred",
  title: "A queue with deferred operations counts as blocked",
  fix: "7a1f30afe972 drm/panthor: Don't declare a queue blocked if deferred operations are pending",
  effect: "its group counts as idle: the tick stops, and the group may be evicted for good",
  trace: "corpus/deferred-and-waiting",
  catches: [
    {
      by: "difference",
      section: "registers",
      kind: "missing",
      of: /DOORBELL_0 .* by tick_work/,
    },
  ],
  overlay: overlay((final, prev) => ({
    sched: {
      csSlotSyncQueueStateLocked(ptdev, csgId, csId) {
        prev.sched.csSlotSyncQueueStateLocked(ptdev, csgId, csId);
        const { output } = final().fw.getCsIface(ptdev, csgId, csId);
        const group = ptdev.scheduler.csgSlots[csgId].group!;
        if (output.statusBlockedReason === CS_STATUS_BLOCKED_REASON_SYNC_WAIT) {
          group.blockedQueues |= bit(csId);
        }
      },
    },
  })),
});
