// The interrupt helpers accept a line that its raw handler handles alone. No line uses it yet.
// The title was not recovered; the request takes no thread function for such a line (cover of v2).

import { overlay, patch } from "../../patch.ts";

export const rawHandlers = patch({
  id: "irq-latency/v2-0004",
  title: "Let a line be handled in the raw handler",
  source: "v2 4/11, role reconstructed",
  observable: "nothing: no line is converted yet",
  overlay: overlay(() => ({})),
});
