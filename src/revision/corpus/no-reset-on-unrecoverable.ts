// An unrecoverable fault was handled as any fatal one: by a tick, which cannot succeed. Kernel:
// panthor_sched.c before "drm/panthor: Force an immediate reset on unrecoverable faults".

import type { PanthorDevice } from "../../driver/device/types.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const noResetOnUnrecoverable = regression({
  id: "no-reset-on-unrecoverable",
  title: "No immediate reset after an unrecoverable fault",
  fix: "2b2a26b33142 drm/panthor: Force an immediate reset on unrecoverable faults",
  effect: "a tick goes on with a dead firmware interface; the reset comes late or never",
  trace: "07e-cs-fatal-unrecoverable",
  catches: [
    {
      by: "difference",
      section: "registers",
      kind: "other context",
      of: /by tick_work, expected panthor_device_reset_work/,
    },
  ],
  overlay: overlay((final, prev) => ({
    sched: {
      *csSlotProcessFatalEventLocked(ptdev: PanthorDevice, csgId: number, csId: number) {
        const { sched } = final();
        const { scheduler } = ptdev;
        const { group } = scheduler.csgSlots[csgId];
        const { fatal, fatalInfo } = final().fw.getCsIface(ptdev, csgId, csId).output;
        if (group !== null) group.fatalQueues = (group.fatalQueues | (1 << csId)) >>> 0;
        yield* sched.schedQueueDelayedWork(scheduler, scheduler.tickWork, 0);
        yield* ptdev.base.warn(prev.sched.exceptionText("CS_FATAL", csgId, csId, fatal, fatalInfo));
      },
    },
  })),
});
