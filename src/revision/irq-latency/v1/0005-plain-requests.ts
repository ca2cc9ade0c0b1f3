// The counterpart of patch 5 of v2, whose role is itself a guess: in v1 the locks of the firmware
// interfaces stay plain, although patch 9 takes them in hard interrupt context (IRQ-7).

import { overlay, patch } from "../../patch.ts";

export const plainRequests = patch({
  id: "irq-latency/v1-0005",
  title: "Prepare the FW request helpers (v1)",
  source: "v1 5/10, role reconstructed",
  observable: "nothing",
  overlay: overlay(() => ({})),
});
