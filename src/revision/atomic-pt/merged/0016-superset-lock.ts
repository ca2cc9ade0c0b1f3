// A second lock of an operation is the union of both, so that the rest of the operation stays inside.
// Kernel: panthor_mmu.c (panthor_vm_lock_region), merged as 8867262d993d.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const supersetLock = patch({
  id: "atomic-pt/merged-0016",
  title: "Extend VM locked region for remap case to be a superset",
  source: "8867262d993d",
  observable: "LOCKADDR of a second lock, where the request reaches beyond the block",
  needs: ["atomic-pt/merged-0012"],
  overlay: overlay((final) => ({ mmu: asPorted(final, "mmu", "vmLockRegionSlow") })),
});
