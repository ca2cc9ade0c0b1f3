// C. Consequences of the new locking: IRQ-21 to IRQ-36, IRQ-46.

import type { Finding } from "../../finding.ts";

const baseline = "linux-7.3";
const v3 = "irq-latency-v3";
const merged = "irq-latency-merged";

export const lockingFindings: readonly Finding[] = [
  {
    id: "IRQ-21",
    title: "Events fall between the last processing of a slot and its unbind",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-21-event-around-unbind",
      has: "irq-latency-p6-watch-leaving-groups",
      hasNot: "irq-latency-v3-watch-leaving-groups",
      catches: [{ by: "warning", of: /CSG slot 0 is processed once more before it is empty/ }],
    },
  },
  {
    id: "IRQ-22",
    title: "Lost updates of fatal_queues",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-22-two-queues-die",
      has: "irq-latency-mutant-plain-fatal-queues",
      hasNot: merged,
      catches: [
        { by: "result", of: /queues with fatal faults is 1/ },
        { by: "difference", section: "fences", kind: "other error", of: /error -125/ },
      ],
    },
  },
  {
    id: "IRQ-23",
    title: "might_have_idle_groups is written in the event path",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "single-job",
      has: "irq-latency-v3-assert-idle-flag",
      hasNot: "irq-latency-merged-assert-idle-flag",
      catches: [{ by: "warning", of: /csg_slot_process_idle_event_locked.*&sched->lock/ }],
    },
  },
  {
    id: "IRQ-24",
    title: "fatal_lock is never taken",
    status: "fixed in the series",
    exposure: {
      kind: "cannot show",
      reason: "a lock that is initialised and never taken leaves no trace where it is not",
    },
  },
  {
    id: "IRQ-25",
    title: "v5's rule for csg_slots is too broad",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-25-second-priority",
      has: "irq-latency-assert-both-for-priority",
      hasNot: "irq-latency-assert-both-for-binding",
      catches: [{ by: "warning", of: /csg_slot_sync_priority_locked.*events_lock/ }],
    },
  },
  {
    id: "IRQ-26",
    title: "Nothing that sleeps under events_lock",
    status: "settled",
    exposure: {
      kind: "shown",
      trace: "findings/irq-10-event-lost",
      has: "irq-latency-mutant-vm-idle-under-events-lock",
      hasNot: merged,
      catches: [{ by: "warning", of: /BUG: sleeping function called from invalid context/ }],
    },
  },
  {
    id: "IRQ-27",
    title: "The interrupt thread must never take sched->lock",
    status: "settled",
    exposure: {
      kind: "shown",
      trace: "findings/irq-02-tick-holds-the-lock",
      has: "irq-latency-mutant-irq-thread-takes-sched-lock",
      hasNot: merged,
      catches: [{ by: "measure", name: "completion", above: 95_000_000 }],
    },
  },
  {
    id: "IRQ-28",
    title: "A finished job is reported as failed when its group is terminated",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-28-finished-beside-fatal",
      has: "irq-latency-stalled-worker",
      hasNot: "irq-latency-v3-stalled-worker",
      catches: [
        { by: "result", of: /status of fence a:1 is -125/ },
        { by: "difference", section: "fences", kind: "other error", of: /error -125, expected 0/ },
      ],
    },
  },
  {
    id: "IRQ-29",
    title: "The job line stays masked while events are processed",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "findings/irq-29-event-storm",
      has: v3,
      hasNot: `${v3}@5`,
      catches: [{ by: "measure", name: "job line masked", above: 100_000 }],
    },
  },
  {
    id: "IRQ-30",
    title: "A FIFO thread in a loop that the firmware can keep going",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "findings/irq-29-event-storm",
      has: v3,
      hasNot: `${v3}@5`,
      catches: [
        { by: "measure", name: "gap between marks", above: 500_000 },
        { by: "sequence", aspect: "contexts", kind: "missing", of: /hardirq panthor-job/ },
      ],
    },
  },
  {
    id: "IRQ-31",
    title: "gpu_job_irq measures the processing too",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "findings/irq-31-tracepoint",
      has: v3,
      hasNot: `${v3}@5`,
      profile: "rk3588",
      catches: [{ by: "measure", name: "gpu_job_irq", times: 2 }],
    },
  },
  {
    id: "IRQ-32",
    title: "The signalling annotation does nothing under a spinlock",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "single-job",
      has: "irq-latency-allocation-at-p5",
      hasNot: "irq-latency-allocation-at-p4",
      catches: [
        { by: "warning", of: /sleeping function called from invalid context at __kmalloc/ },
      ],
    },
  },
  {
    id: "IRQ-33",
    title: "Events are processed while a reset is pending",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "irq/25-completion-while-reset-pending",
      has: v3,
      hasNot: `${v3}@5`,
      catches: [
        {
          by: "difference",
          section: "fences",
          kind: "other context",
          of: /signalled by irq.*expected panthor_device_reset_work/,
        },
        { by: "difference", section: "fences", kind: "delayed", of: /earlier/ },
      ],
    },
  },
  {
    id: "IRQ-34",
    title: "The job line is live between the unplug of the scheduler and that of the firmware",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "findings/irq-34-event-at-unplug",
      has: v3,
      hasNot: `${v3}@5`,
      catches: [
        { by: "sequence", aspect: "contexts", kind: "extra", of: /DOORBELL_0 .*irq\/66/ },
        // Without it the jobs that end there are never reported.
        { by: "event", kind: "extra", of: /irq\/66.*dma_fence_signaled: .*panthor-queue/ },
      ],
    },
  },
  {
    id: "IRQ-35",
    title: "reqs_lock is plain in the callers while the gpu line is in hard interrupt context",
    status: "settled",
    exposure: {
      kind: "shown",
      trace: "findings/irq-35-autosuspend",
      has: "irq-latency-v2-plain-reqs-lock",
      hasNot: "irq-latency-v3-plain-reqs-lock",
      catches: [{ by: "warning", of: /takes: .*reqs_lock/ }],
    },
  },
  {
    id: "IRQ-36",
    title: "gpu and pwr share one Linux interrupt: each sees the other's as foreign",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-36-shared-line",
      has: "irq-latency-watch-foreign-interrupts",
      hasNot: "irq-latency-p1-watch-foreign-interrupts",
      profile: "mali-g1",
      catches: [{ by: "warning", of: /panthor-(gpu|pwr) left ACTIVE for a foreign interrupt/ }],
    },
  },
  {
    id: "IRQ-46",
    title: "The mmu's suspend needs the gpu line",
    status: "settled",
    exposure: {
      kind: "shown",
      trace: "findings/irq-35-autosuspend",
      has: "irq-latency-mutant-gpu-suspended-first",
      hasNot: baseline,
      catches: [
        {
          by: "difference",
          section: "registers",
          kind: "delayed",
          of: /(9|10)\d{4}\.\d+ us later/,
        },
      ],
    },
  },
];
