// The interrupt helpers accept a line that its raw handler handles alone; such a line still has a
// thread, whose function does nothing. No line uses it yet. Its commit message was wrong (IRQ-12).

import { overlay, patch } from "../../patch.ts";

export const rawHandlersWithThread = patch({
  id: "irq-latency/v1-0004",
  title: "Let a line be handled in the raw handler (v1)",
  source: "v1 4/10, role reconstructed",
  observable: "nothing: no line is converted yet",
  overlay: overlay(() => ({})),
});
