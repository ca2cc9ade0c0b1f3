// The groups of a VM leave their slots before it is unmapped. Kernel: panthor_mmu.c
// (panthor_vm_destroy), merged as 565ed40b5fc1.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const evictBeforeVmDestruction = patch({
  id: "atomic-pt/merged-0013",
  title: "Evict groups before VM termination",
  source: "565ed40b5fc1",
  observable: "a tick ends before the VM is unmapped",
  overlay: overlay((final) => ({ sched: asPorted(final, "sched", "prepareForVmDestruction") })),
});
