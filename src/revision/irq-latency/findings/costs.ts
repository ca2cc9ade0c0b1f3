// A. What the series is about: IRQ-1 to IRQ-5, IRQ-20.

import type { Finding } from "../../finding.ts";

const v2 = "irq-latency-v2";
const v3 = "irq-latency-v3";
const baseline = "linux-7.3";

export const costFindings: readonly Finding[] = [
  {
    id: "IRQ-1",
    title: "Two deferrals between the interrupt thread and the fence",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-01-busy-cpu",
      has: baseline,
      hasNot: v3,
      profile: "rk3588",
      catches: [
        {
          by: "difference",
          section: "fences",
          kind: "other context",
          of: /signalled by group_sync_upd_work < process_fw_events_work.*expected irq/,
        },
        { by: "sequence", aspect: "work items", kind: "extra", of: /group_sync_upd_work/ },
        // Normal tasks keep a kworker from the CPU for a slice; the FIFO thread preempts them.
        { by: "measure", name: "completion", times: 5 },
      ],
    },
  },
  {
    id: "IRQ-2",
    title: "Fence latency coupled to the tick through sched->lock",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-02-tick-holds-the-lock",
      has: `${v3}@3`,
      hasNot: `${v3}@4`,
      catches: [{ by: "measure", name: "completion", above: 40_000_000 }],
    },
  },
  {
    id: "IRQ-3",
    title: "20 us and more of hard interrupt time",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-03-many-completions",
      has: v2,
      hasNot: v3,
      profile: "rk3588",
      // How long depends on what shared memory costs; the multiple does not: test/findings/sweep.test.ts.
      catches: [{ by: "measure", name: "job hard interrupt", times: 10 }],
    },
  },
  {
    id: "IRQ-4",
    title: "Every event, not only CSG_SYNC_UPDATE, is processed in hard interrupt context",
    status: "settled",
    exposure: {
      kind: "shown",
      trace: "findings/irq-04-fault-in-hardirq",
      has: v2,
      hasNot: v3,
      catches: [
        { by: "event", kind: "extra", of: /\] d.h .*printk: .*CS_FAULT/ },
        { by: "event", kind: "extra", of: /\] d.h .*workqueue_queue_work: .*tick_work/ },
      ],
    },
  },
  {
    id: "IRQ-5",
    title: "The word fw_events stays behind, unused",
    status: "fixed in the series",
    exposure: {
      kind: "cannot show",
      reason:
        "a member of a struct that nobody reads or writes any more: no access, no lock, no work " +
        "differs with it",
    },
  },
  {
    id: "IRQ-20",
    title: "About 5 % in glmark2 and manhattan with v2",
    status: "open",
    exposure: {
      kind: "shown",
      trace: "findings/irq-20-waits-for-each-job",
      has: baseline,
      hasNot: v2,
      profile: "rk3588",
      candidate:
        "the direction only: a program that waits for each job gets more of them done; the " +
        "benchmarks themselves are no trace, and no such figure is known for v3",
      catches: [
        { by: "difference", section: "fences", kind: "delayed", of: /later/ },
        { by: "measure", name: "gap between marks", times: 1.002 },
      ],
    },
  },
];
