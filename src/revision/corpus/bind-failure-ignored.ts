// A group that got no address space was programmed and started all the same. Kernel:
// panthor_sched.c before 1f27cef1f41d.

import {
  CSG_ENDPOINT_CONFIG,
  CSG_STATE_MASK,
  CSG_STATE_RESUME,
  CSG_STATE_START,
} from "../../driver/fw/iface-bits.ts";
import { bit, firstBit } from "../../driver/sched/bits.ts";
import { listEntries } from "../../driver/sched/list.ts";
import { prioritiesDown } from "../../driver/sched/tick-apply.ts";
import { MAX_CSG_PRIO, PANTHOR_CS_GROUP_SUSPENDED } from "../../driver/sched/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const bindFailureIgnored = regression({
  id: "bind-failure-ignored",
  title: "The failure to bind a group to a slot is ignored",
  fix: "1f27cef1f41d drm/panthor: Interrupt group start/resumption if group_bind_locked() fails",
  effect: "START is requested for a slot that has no group",
  trace: "corpus/bind-fails",
  catches: [
    { by: "check", name: "fence-bound" },
    { by: "result", of: /syncobj_timeline_wait/ },
    { by: "sequence", aspect: "request words", kind: "extra", of: /host_req csg=6 cs=-1 CSG_REQ/ },
  ],
  overlay: overlay((final) => ({
    sched: {
      *tickCtxStartNew(sched, ctx, updCtx) {
        const { fw, sched: ops } = final();
        const { ptdev } = sched;
        let priority = MAX_CSG_PRIO;
        let free = 0;
        for (let i = 0; i < sched.csgSlotCount; i++) {
          if (sched.csgSlots[i].group === null) free |= bit(i);
        }
        for (const prio of prioritiesDown) {
          for (const group of listEntries(ctx.groups[prio])) {
            if (group.csgId >= 0) {
              priority--;
              continue;
            }
            const csgId = firstBit(free);
            if (ptdev.base.warnOn(csgId < 0, "csg_id < 0")) break;
            const csgIface = fw.getCsgIface(ptdev, csgId);
            yield* ops.groupBindLocked(group, csgId);
            yield* ops.csgSlotProgLocked(ptdev, csgId, priority--);
            const resume = group.state === PANTHOR_CS_GROUP_SUSPENDED;
            const state = resume ? CSG_STATE_RESUME : CSG_STATE_START;
            ops.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, state, CSG_STATE_MASK);
            const toggled = csgIface.output.ack ^ CSG_ENDPOINT_CONFIG;
            ops.csgsUpdCtxQueueReqs(ptdev, updCtx, csgId, toggled, CSG_ENDPOINT_CONFIG);
            free &= ~bit(csgId);
          }
        }
        return true;
      },
    },
  })),
});
