// lock_region() becomes pack_region_range(): the value for LOCKADDR without the access. With it goes
// what let an empty range pass, so mmu_hw_do_operation_locked() does nothing for one.
// Kernel: panthor_mmu.c, merged as 151df689fb75.

import { done } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";
import { pageOps } from "../before/pages.ts";
import { flushRange } from "../flush-pages.ts";

export const packRegionRange = patch({
  id: "atomic-pt/merged-0004",
  title: "Kill lock_region()",
  source: "151df689fb75; B4 2/6",
  observable: "nothing is flushed for a map that fails at its first page",
  overlay: overlay((final) => ({
    mmu: pageOps(final, (vm, start, size) =>
      size === 0 ? done(0) : flushRange(final(), vm, start, size),
    ),
  })),
});
