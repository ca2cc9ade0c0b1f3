// The job interrupt is handled in hard interrupt context; its line keeps a thread that does nothing
// (IRQ-16). With the plain locks of patch 6 an interrupt can spin on a lock that it interrupted.

import { patch } from "../../patch.ts";
import { rawLineOverlay } from "../v2/raw-line.ts";

export const jobLineRawV1 = patch({
  id: "irq-latency/v1-0009",
  title: "Handle the job interrupt in the raw handler (v1)",
  source: "v1 9/10, mechanism reconstructed",
  observable: "fences in hard interrupt context; the line has a thread that never runs",
  overlay: rawLineOverlay("job", { dummyThread: true }),
});
