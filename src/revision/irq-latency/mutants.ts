// Small changes that make the series wrong, each the inverse of a decision in it. The recordings
// have one folder for each.

import { done } from "../../machine/core/op.ts";
import { overlay, patch } from "../patch.ts";
import { resumeTickPushback } from "../resume-tick-pushback.ts";

/** IRQ-10: what v1 lost. */
export const noSuspendCheck = patch({
  id: "irq-latency/mutant-no-suspend-check",
  title: "No completion check after the cache flush of a suspend",
  source: "v1 7/10; restored in v2",
  observable: "a job whose event was lost is never signalled once its group is suspended",
  overlay: overlay(() => ({ sched: { suspendSyncUpdate: () => done() } })),
});

/** IRQ-44: sched_resume_tick() as it was before 7.2-rc2. */
export const tickPushback = patch({
  id: "irq-latency/mutant-tick-pushback",
  title: "sched_resume_tick() puts an immediate tick off",
  source: "the code before the 7.2-rc2 fix",
  observable: "a submit delays the tick that an event has just queued by up to a period",
  overlay: resumeTickPushback,
});

/** IRQ-27: the rule that the baseline documents, broken. */
export const irqThreadTakesSchedLock = patch({
  id: "irq-latency/mutant-irq-thread-takes-sched-lock",
  title: "The job interrupt's thread takes sched->lock",
  source: "the rule in the baseline's documentation of fw_events_work, broken",
  observable: "each acknowledgement that a tick sleeps for costs the whole 100 ms",
  overlay: overlay((_, prev) => ({
    sched: {
      *reportFwEvents(ptdev, events) {
        const { scheduler } = ptdev;
        if (scheduler === null) return;
        yield* scheduler.lock.lock();
        yield* prev.sched.reportFwEvents(ptdev, events);
        yield* scheduler.lock.unlock();
      },
    },
  })),
});
