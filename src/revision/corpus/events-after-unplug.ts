// The work for firmware events was not stopped at unplug. Kernel: panthor_sched.c before
// 7051f6ba968f.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const eventsAfterUnplug = regression({
  id: "events-after-unplug",
  title: "Firmware events are processed after the scheduler is unplugged",
  fix: "7051f6ba968f drm/panthor: Fix UAF race between device unplug and FW event processing",
  effect: "the event work runs after panthor_sched_unplug()",
  trace: "corpus/event-at-unplug",
  catches: [
    { by: "difference", section: "registers", kind: "extra", of: /by process_fw_events_work/ },
  ],
  overlay: overlay((final) => ({
    sched: {
      *disableWorks(sched) {
        const { wq } = final().linux;
        yield* wq.disableDelayedWorkSync(sched.tickWork);
        yield* wq.disableWorkSync(sched.syncUpdWork);
      },
    },
  })),
});
