// One patch for what v3 splits into its patches 4, 5 and 6: events are processed where the
// interrupt reports them, under `events_lock` taken with interrupts off, and so are completions.
// The samples of fdinfo get an interrupt-safe lock. The word `fw_events` stays behind, unused.

import { overlay, patch } from "../../patch.ts";
import { eventsLockOverlay } from "../0004-events-spinlock.ts";
import { dontDeferJobCompletionChecks } from "../0005-dont-defer-job-completion-checks.ts";
import { dontDeferFwEventProcessing } from "../0006-dont-defer-fw-event-processing.ts";
import { compose } from "../compose.ts";

/** Locks that the completion of a job takes, usable in hard interrupt context. */
export const irqSafeSamples = overlay(() => ({
  sched: {
    fdinfoLock: (group) => group.fdinfo.lock.lockIrqsave(),
    fdinfoUnlock: (group) => group.fdinfo.lock.unlockIrqrestore(),
  },
}));

export const eventsFromInterrupt = patch({
  id: "irq-latency/v2-0006",
  title: "Process FW events and job completion where the interrupt reports them",
  source: "20260512-panthor-signal-from-irq-v2 6/11",
  observable: "as v3 4/7, 5/7 and 6/7 together: fences are signalled by the interrupt thread",
  overlay: compose(
    eventsLockOverlay("everywhere"),
    dontDeferJobCompletionChecks.overlay,
    dontDeferFwEventProcessing.overlay,
    irqSafeSamples,
  ),
});
