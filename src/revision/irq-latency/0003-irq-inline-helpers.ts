// One set of functions for all interrupt blocks in place of the macros that made one for each.
// The name of the interrupt is now allocated, so that a request can fail with -ENOMEM; the line is
// still masked then. Kernel: panthor_device.h, merged as bbda2935dc04.

import { ENOMEM } from "../../machine/errno.ts";
import { overlay, patch } from "../patch.ts";

export const irqInlineHelpers = patch({
  id: "irq-latency/0003",
  title: "Replace the panthor_irq macro machinery by inline helpers",
  source: "bbda2935dc04; v3 3/7",
  observable: "nothing; when memory is short a request fails with -ENOMEM, the line masked",
  overlay: overlay((final, prev) => ({
    device: {
      *requestIrq(pirq, handler) {
        // The "panthor-<line>" string.
        if (final().linux.memory.failsNow()) return -ENOMEM;
        return yield* prev.device.requestIrq(pirq, handler);
      },
    },
  })),
});
