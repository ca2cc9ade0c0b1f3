// The driver asked for an event whenever a stream is extracted, without ever handling it. Kernel:
// panthor_sched.c before "drm/panthor: Don't try to enable extract events".

import { CS_EXTRACT_EVENT } from "../../driver/fw/iface-bits.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const extractEvents = regression({
  id: "extract-events",
  title: "Extract events are enabled",
  fix: "5232e8492719 drm/panthor: Don't try to enable extract events",
  effect: "another bit in CS_REQ; the firmware interrupts for nothing",
  trace: "02-single-job",
  catches: [{ by: "sequence", aspect: "request words", kind: "extra", of: /CS_REQ/ }],
  overlay: overlay((final, prev) => ({
    sched: {
      *csSlotProgLocked(ptdev, csgId, csId) {
        const csIface = final().fw.getCsIface(ptdev, csgId, csId);
        yield* prev.sched.csSlotProgLocked(ptdev, csgId, csId);
        yield* final().fw.updateReqs(csIface, "req", CS_EXTRACT_EVENT, CS_EXTRACT_EVENT);
      },
    },
  })),
});
