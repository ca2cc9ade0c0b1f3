// Firmware events are processed by the thread of the job interrupt itself. Its INT_MASK opens
// again only after the fences and the doorbells. Events are no longer held back by a pending reset.
// Kernel: panthor_sched.c, merged as ee1cedfcc6cf.

import { overlay, patch } from "../patch.ts";
import { eventsOf } from "./events-section.ts";

export const dontDeferFwEventProcessing = patch({
  id: "irq-latency/0006",
  title: "Don't defer FW event processing",
  source: "ee1cedfcc6cf; v3 6/7",
  observable:
    "fences are signalled by the interrupt thread, before INT_MASK is restored; " +
    "process_fw_events_work is gone; fewer interrupts under load",
  overlay: overlay((final) => ({
    sched: {
      *reportFwEvents(ptdev, events) {
        const { scheduler } = ptdev;
        if (scheduler === null) return;
        const section = eventsOf(scheduler);
        yield* section.enterAlone();
        yield* final().sched.schedProcessEventsLocked(ptdev, events);
        yield* section.leaveAlone();
      },

      *disableWorks(sched) {
        const { wq } = final().linux;
        yield* wq.disableDelayedWorkSync(sched.tickWork);
        yield* wq.disableWorkSync(sched.syncUpdWork);
      },
    },
  })),
});
