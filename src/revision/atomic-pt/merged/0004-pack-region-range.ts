// lock_region() becomes pack_region_range(): the value for LOCKADDR without the access.
// Kernel: panthor_mmu.c, merged as 151df689fb75.

import { overlay, patch } from "../../patch.ts";

export const packRegionRange = patch({
  id: "atomic-pt/merged-0004",
  title: "Kill lock_region()",
  source: "151df689fb75; B4 2/6",
  observable: "nothing: the callers leave out an empty range",
  overlay: overlay(() => ({})),
});
