// The two patches that handle the gpu interrupt in hard interrupt context. How v2 divides the work
// between them was not recovered: here the first makes the handler fit for it, which the handler of
// 7.3 is, and the second switches the line.

import { overlay, patch } from "../../patch.ts";
import { rawLineOverlay } from "./raw-line.ts";

export const gpuHandlerForHardirq = patch({
  id: "irq-latency/v2-0010",
  title: "Make the GPU interrupt handler fit for hard interrupt context",
  source: "v2 10/11, division reconstructed",
  observable: "nothing",
  overlay: overlay(() => ({})),
});

export const gpuLineRaw = patch({
  id: "irq-latency/v2-0011",
  title: "Handle the GPU interrupt in the raw handler",
  source: "v2 11/11, division reconstructed",
  observable: "flush and reset completions are reported from hard interrupt context",
  overlay: rawLineOverlay("gpu"),
});
