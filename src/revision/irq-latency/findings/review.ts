// B. What was found between v1, v2 and v3: IRQ-6 to IRQ-19.

import type { Finding } from "../../finding.ts";

const v1 = "irq-latency-v1";
const v2 = "irq-latency-v2";
const v3 = "irq-latency-v3";

export const reviewFindings: readonly Finding[] = [
  {
    id: "IRQ-6",
    title: "Deadlock in v1 9/10",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-06-interrupt-inside-unbind",
      has: `${v1}@9`,
      hasNot: v2,
      profile: "rk3588",
      candidate:
        "(b): process context holds events_lock, or the lock of an interface below it, with " +
        "interrupts on, and the job interrupt comes on that CPU",
      catches: [
        { by: "warning", of: /takes: &sched->events_lock/ },
        { by: "warning", of: /BUG: spinlock recursion.*panthor_fw_csg_iface\.lock/ },
        { by: "deadlock", of: /deadlock/ },
      ],
    },
    others: [
      {
        kind: "shown",
        trace: "findings/irq-19-page-fault",
        has: "irq-latency-mutant-lock-across-handler",
        hasNot: v3,
        candidate:
          "(a): the line's lock is held across the handler, and the helper that changes the " +
          "line's mask takes it again; only the mmu's handler calls that helper",
        catches: [
          { by: "warning", of: /BUG: spinlock recursion.*mask_lock/ },
          { by: "deadlock", of: /deadlock/ },
        ],
      },
      {
        kind: "shown",
        trace: "findings/irq-07-profiled-job",
        has: "irq-latency-mutant-ack-wait-under-events-lock",
        hasNot: v2,
        candidate:
          "(c): the wait for an acknowledgement holds events_lock, which the interrupt that " +
          "would end it needs",
        catches: [
          {
            by: "warning",
            of: /BUG: sleeping function called.*at wait_event_timeout\(panthor_fw\.req/,
          },
        ],
      },
    ],
  },
  {
    id: "IRQ-7",
    title: "Inner locks are not interrupt-safe once events run in hard interrupt context",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-07-profiled-job",
      has: `${v1}@9`,
      hasNot: v2,
      catches: [
        { by: "warning", of: /takes: panthor_fw_.*iface\.lock/ },
        { by: "warning", of: /HARDIRQ-safe -> HARDIRQ-unsafe lock order detected/ },
      ],
    },
  },
  {
    id: "IRQ-8",
    title: "Assertion of the wrong lock in v1 6/10",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "single-job",
      has: `${v1}@6`,
      hasNot: `${v2}@6`,
      candidate: "the completion check asserts sched->lock, which the interrupt does not hold",
      catches: [{ by: "warning", of: /lockdep_assert_held\(&sched->lock\)/ }],
    },
  },
  {
    id: "IRQ-9",
    title: "The completion check of a suspend runs without events_lock in v1 6/10",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-10-event-lost",
      has: "irq-latency-v1-assert-events-in-suspend",
      hasNot: "irq-latency-v2-assert-events-in-suspend",
      catches: [{ by: "warning", of: /lockdep_assert_held\(&sched->events_lock\)/ }],
    },
  },
  {
    id: "IRQ-10",
    title: "The completion check of a suspend is lost in v1 7/10",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-10-event-lost",
      has: `${v1}@7`,
      hasNot: `${v2}@7`,
      catches: [
        { by: "result", of: /syncobj_timeline_wait: return value is -62/ },
        { by: "result", of: /status of fence s1:2 is 0/ },
      ],
    },
  },
  {
    id: "IRQ-11",
    title: "v1 3/10 allocates the interrupt's name after it has opened the line",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-11-no-memory-for-the-name",
      has: "irq-latency-name-after-open",
      hasNot: "irq-latency-name-before-open",
      catches: [
        { by: "difference", section: "registers", kind: "extra", of: /W .*INT_MASK 0x0*[1-9a-f]/ },
      ],
    },
  },
  {
    id: "IRQ-12",
    title: "Wrong commit message of v1 4/10",
    status: "fixed in the series",
    exposure: { kind: "cannot show", reason: "the text of a commit message runs nowhere" },
  },
  {
    id: "IRQ-13",
    title: "Job interrupts are coalesced in v1 10/10",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-13-sparse-and-dense",
      has: v1,
      hasNot: `${v1}@9`,
      candidate:
        "the design is not known: here an interrupt closes the line and starts a window, whose " +
        "end processes what has come",
      catches: [{ by: "measure", name: "completion", above: 40_000 }],
    },
  },
  {
    id: "IRQ-14",
    title: "Firmware race when request interrupts are enabled on demand (v2 8/11)",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-14-mask-sampled-early",
      has: "irq-latency-v2@8",
      hasNot: "irq-latency-v2@7",
      candidate: "the firmware looks at ack_irq_mask some time before it writes the answer",
      catches: [
        { by: "difference", section: "fences", kind: "delayed", of: /9\d{4}\.\d+ us later/ },
      ],
    },
  },
  {
    id: "IRQ-15",
    title: "The raw handler does not save the interrupt state in v2",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-15-forced-threads",
      has: "irq-latency-raw-lock-not-saving",
      hasNot: "irq-latency-raw-lock-saving",
      candidate:
        "the motive is not known: here forced threads run with interrupts on, as with " +
        "PREEMPT_RT, and one line stays in hard interrupt context",
      catches: [{ by: "warning", of: /takes: panthor_irq/ }],
    },
  },
  {
    id: "IRQ-16",
    title: "A line handled in the raw handler has a thread that does nothing (v1 4/10)",
    status: "fixed in the series",
    exposure: {
      kind: "shown",
      trace: "findings/irq-16-threads-of-a-raw-line",
      has: `${v1}@9`,
      hasNot: v2,
      catches: [{ by: "event", kind: "extra", of: /comm=irq\/66-s-pantho/ }],
    },
  },
  {
    id: "IRQ-17",
    title: "mask_lock is renamed to lock",
    status: "settled",
    exposure: {
      kind: "cannot show",
      reason: "the name of a lock: the same lock is taken at the same places",
    },
  },
  {
    id: "IRQ-18",
    title: "The threaded helper is forced inline",
    status: "settled",
    exposure: {
      kind: "cannot show",
      reason: "an indirect call against a direct one: a few ns that no profile prices",
    },
  },
  {
    id: "IRQ-19",
    title: "The mmu line cannot leave its thread: it waits for a gpu interrupt",
    status: "settled",
    exposure: {
      kind: "shown",
      trace: "findings/irq-19-page-fault",
      has: "irq-latency-mutant-gpu-behind-mmu",
      hasNot: v3,
      // No reset: the last look at RAWSTAT after the timeout finds the flush done.
      catches: [
        { by: "difference", section: "fences", kind: "delayed", of: /(9|10)\d{4}\.\d+ us later/ },
      ],
    },
  },
];
