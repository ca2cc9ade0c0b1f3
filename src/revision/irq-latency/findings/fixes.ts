// D. Fixes that the work on v4 and v5 produced and 7.3 has: IRQ-37 to IRQ-45. Each is taken back.

import {
  bindFailureIgnored,
  immediateTickPushedBack,
  irqStatusReadWhileSuspended,
  irqUnmaskedAtRequest,
  oomErrorPointer,
  oomReferenceLeak,
  type Regression,
  resetDuringInit,
} from "../../july-fixes.ts";
import type { Finding } from "../../finding.ts";

/** A fix that is taken back in the corpus of regressions, with its trace. */
const takenBack = (number: number, title: string, { trace, catches }: Regression): Finding => ({
  id: `IRQ-${number}`,
  title,
  status: "fixed later",
  exposure: {
    kind: "shown",
    trace,
    has: `irq-latency-without-fix-${number}`,
    hasNot: "linux-7.3",
    catches,
  },
});

export const fixFindings: readonly Finding[] = [
  takenBack(37, "Register access while suspended", irqStatusReadWhileSuspended),
  takenBack(38, "Lines are opened before they are needed", irqUnmaskedAtRequest),
  takenBack(39, "Reset work before initialisation is over", resetDuringInit),
  {
    id: "IRQ-40",
    title: "fence_ctx.lock is taken without protection against interrupts",
    status: "fixed later",
    exposure: {
      kind: "shown",
      trace: "findings/irq-10-event-lost",
      has: "irq-latency-without-fix-40",
      hasNot: "irq-latency-neighbour-driver",
      catches: [{ by: "warning", of: /takes: .*fence_ctx/ }],
    },
  },
  takenBack(41, "A cancelled tiler OOM work keeps its group", oomReferenceLeak),
  takenBack(42, "An error pointer is dropped as a heap pool", oomErrorPointer),
  takenBack(43, "A failed bind of a group is ignored", bindFailureIgnored),
  takenBack(44, "An immediate tick is pushed back by a submit", immediateTickPushedBack),
  {
    id: "IRQ-45",
    title: "The pwr block is touched at unplug while the device is not active",
    status: "fixed later",
    exposure: {
      kind: "shown",
      trace: "findings/irq-45-unplug-after-failed-resume",
      has: "irq-latency-without-fix-45",
      hasNot: "linux-7.3",
      profile: "mali-g1",
      catches: [
        { by: "difference", section: "registers", kind: "extra", of: /W PWR.*INT_MASK/ },
        { by: "check", name: "unpowered-access" },
      ],
    },
  },
];
