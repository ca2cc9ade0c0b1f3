// The job interrupt is handled in hard interrupt context: status, events, completions, doorbells.
// No thread wakes up; fences are signalled with interrupts off.

import { patch } from "../../patch.ts";
import { rawLineOverlay } from "./raw-line.ts";

export const jobLineRaw = patch({
  id: "irq-latency/v2-0009",
  title: "Handle the job interrupt in the raw handler",
  source: "v2 9/11, role reconstructed",
  observable: "fences are signalled in hard interrupt context; the job line has no thread",
  overlay: rawLineOverlay("job"),
});
