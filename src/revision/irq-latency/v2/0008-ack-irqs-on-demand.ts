// Acknowledgements raise an interrupt only when the wait for them has to sleep: the request's bits
// are set in `ack_irq_mask` after the polling and cleared after the sleep. The firmware may look at
// the mask before and publish the answer after the last poll; then nothing wakes the sleeper. That
// race is why v3 drops the patch. Reconstructed, for requests to group slots.

import type { ReqAck } from "../../../driver/fw/requests.ts";
import { CSG_EVT_MASK, CSG_REQ_MASK } from "../../../driver/fw/iface-bits.ts";
import { overlay, patch } from "../../patch.ts";

export const ackIrqsOnDemand = patch({
  id: "irq-latency/v2-0008",
  title: "Enable request-ack interrupts only when the wait sleeps",
  source: "v2 8/11, mechanism reconstructed",
  observable: "fewer job interrupts: an answer within the polling time raises none",
  overlay: overlay((final, prev) => ({
    sched: {
      *csgSlotProgLocked(ptdev, csgId, priority) {
        const ret = yield* prev.sched.csgSlotProgLocked(ptdev, csgId, priority);
        final().fw.getCsgIface(ptdev, csgId).input.ackIrqMask = CSG_EVT_MASK;
        return ret;
      },
    },
    fw: {
      *sleepForAcks(ptdev, iface: ReqAck, mask, timeoutMs, req) {
        if ((mask & ~CSG_REQ_MASK) !== 0 || !isGroup(iface, ptdev.fw.iface.groups)) {
          return yield* prev.fw.sleepForAcks(ptdev, iface, mask, timeoutMs, req);
        }
        iface.input.ackIrqMask = (iface.input.ackIrqMask | mask) >>> 0;
        const acked = yield* prev.fw.sleepForAcks(ptdev, iface, mask, timeoutMs, req);
        iface.input.ackIrqMask = (iface.input.ackIrqMask & ~mask) >>> 0;
        return acked;
      },
    },
  })),
});

const isGroup = (iface: ReqAck, groups: readonly ReqAck[]): boolean => groups.includes(iface);
