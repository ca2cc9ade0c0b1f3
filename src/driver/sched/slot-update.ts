// Requests to several group slots at once: collect, send with one doorbell, wait for each.
// Kernel: panthor_sched.c (7.3), csgs_upd_ctx_init(), csgs_upd_ctx_queue_reqs(),
// csgs_upd_ctx_apply_locked().

import type { Kernel } from "../../machine/core/op.ts";
import { ETIMEDOUT } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { CSG_ENDPOINT_CONFIG, CSG_STATE_MASK, CSG_STATUS_UPDATE } from "../fw/iface-bits.ts";
import { bit, bitsOf } from "./bits.ts";
import type { PanthorCsgSlotsUpdCtx } from "./types.ts";

/** How long the firmware may take to acknowledge the requests to one slot. */
const ackTimeoutMs = 100;

export const slotUpdateOps = (drv: Driver) => ({
  /** csgs_upd_ctx_init(). */
  csgsUpdCtxInit(): PanthorCsgSlotsUpdCtx {
    return { updateMask: 0, timedoutMask: 0, requests: [] };
  },

  /** csgs_upd_ctx_queue_reqs(). */
  csgsUpdCtxQueueReqs(
    ptdev: PanthorDevice,
    ctx: PanthorCsgSlotsUpdCtx,
    csgId: number,
    value: number,
    mask: number,
  ): void {
    if (ptdev.base.warnOn(mask === 0, "!mask")) return;
    const beyond = csgId >= ptdev.scheduler.csgSlotCount;
    if (ptdev.base.warnOn(beyond, "csg_id >= ptdev->scheduler->csg_slot_count")) return;
    const request = (ctx.requests[csgId] ??= { value: 0, mask: 0 });
    request.value = ((request.value & ~mask) | (value & mask)) >>> 0;
    request.mask = (request.mask | mask) >>> 0;
    ctx.updateMask = (ctx.updateMask | bit(csgId)) >>> 0;
  },

  /** csgs_upd_ctx_apply_locked(): -ETIMEDOUT, and `timedoutMask`, if a slot did not answer. */
  *csgsUpdCtxApplyLocked(ptdev: PanthorDevice, ctx: PanthorCsgSlotsUpdCtx): Kernel<number> {
    ptdev.scheduler.lock.assertHeld();
    if (ctx.updateMask === 0) return 0;

    for (const csgId of bitsOf(ctx.updateMask)) {
      const csgIface = drv.fw.getCsgIface(ptdev, csgId);
      const { value, mask } = ctx.requests[csgId];
      yield* drv.fw.updateReqs(csgIface, "req", value, mask);
    }
    yield* drv.fw.ringCsgDoorbells(ptdev, ctx.updateMask);

    for (const csgId of bitsOf(ctx.updateMask)) {
      const { mask } = ctx.requests[csgId];
      const csgIface = drv.fw.getCsgIface(ptdev, csgId);
      const { ret, acked } = yield* drv.fw.csgWaitAcks(ptdev, csgId, mask, ackTimeoutMs);

      if ((acked & CSG_ENDPOINT_CONFIG) !== 0) {
        drv.sched.csgSlotSyncPriorityLocked(ptdev, csgId);
      }
      if ((acked & CSG_STATE_MASK) !== 0) yield* drv.sched.csgSlotSyncStateLocked(ptdev, csgId);
      if ((acked & CSG_STATUS_UPDATE) !== 0) drv.sched.csgSlotSyncQueuesStateLocked(ptdev, csgId);

      const pending = (csgIface.input.req ^ csgIface.output.ack) & mask;
      if (ret !== 0 && acked >>> 0 !== mask && pending !== 0) {
        yield* ptdev.base.err(`CSG ${csgId} update request timedout`);
        ctx.timedoutMask = (ctx.timedoutMask | bit(csgId)) >>> 0;
      }
    }
    return ctx.timedoutMask === 0 ? 0 : -ETIMEDOUT;
  },
});
