// The register accessors move up in panthor_device.h, so that the next patch can use them.
// Kernel: panthor_device.h, merged as dee17fe896cd.

import { overlay, patch } from "../patch.ts";

export const moveRegisterAccessors = patch({
  id: "irq-latency/0002",
  title: "Move the register accessors before the IRQ helpers",
  source: "dee17fe896cd; v3 2/7",
  observable: "nothing: code motion",
  overlay: overlay(() => ({})),
});
