// Caches are flushed when an address space goes from an idle VM to another one.
// Kernel: panthor_mmu.c (panthor_mmu_as_disable, "recycle_slot"), C3 2/3.

import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import { overlay, patch } from "../../patch.ts";

export const flushOnRecycle = patch({
  id: "atomic-pt/merged-0010",
  title: "Make sure caches are flushed/invalidated when an AS is recycled",
  source: "C3 2/3 of 2025-12-03",
  observable: "GPU_CMD = 0x23304 between two owners of an address space",
  needs: ["atomic-pt/merged-0006"],
  overlay: overlay((final, prev) => ({
    mmu: {
      *asDisable(ptdev, asNr, recycleSlot) {
        if (recycleSlot) {
          const cleanInv = CACHE_CLEAN | CACHE_INV;
          const ret = yield* final().gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
          if (ret !== 0) return ret;
        }
        return yield* prev.mmu.asDisable(ptdev, asNr, recycleSlot);
      },
    },
  })),
});
