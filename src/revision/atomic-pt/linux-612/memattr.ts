// Write-back memory is inner-shareable with the CPU on every system: AS_MEMATTR does not depend on
// coherency yet. Kernel: panthor_mmu.c of 6.12 (mair_to_memattr).

import { overlay, patch } from "../../patch.ts";

export const memattr = patch({
  id: "linux-6.12/memattr",
  title: "AS_MEMATTR as for a coherent system",
  source: "Linux 6.12",
  observable: "the value of AS_MEMATTR",
  overlay: overlay((_, prev) => ({
    mmu: { mairToMemattr: (mair) => prev.mmu.mairToMemattr(mair, true) },
  })),
});
