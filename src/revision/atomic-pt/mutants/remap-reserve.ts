// A correction of MMU-25, for a driver whose table pages run out: nothing is unmapped that could not
// be mapped again.

import { size2M } from "../../../driver/mmu/bits.ts";
import type { PanthorVma } from "../../../driver/mmu/types.ts";
import { ENOMEM } from "../../../machine/errno.ts";
import { remapToUnmapRange } from "../../../machine/gpuvm/gpuva.ts";
import { overlay, patch } from "../../patch.ts";

export const remapChecksReserve = patch({
  id: "atomic-pt/fix-remap-checks-reserve",
  title: "A remap looks at the table pages in reserve before it unmaps",
  source: "the order of panthor_gpuva_sm_step_remap(), with a check first",
  observable: "a remap without table pages fails with -ENOMEM and changes nothing",
  overlay: overlay((final, prev) => ({
    mmu: {
      *gpuvaSmStepRemap(op, vm) {
        const { start, range } = remapToUnmapRange(op);
        if (!(op.unmap.va as PanthorVma).evicted) {
          const grown = final().mmu.unmapHugepageAlign(op, start, range);
          const cut = new Set<number>();
          if (grown.start < start) cut.add(Math.floor(grown.start / size2M));
          const end = start + range;
          if (grown.start + grown.range > end) cut.add(Math.floor(end / size2M));
          const { count, ptr } = vm.opCtx!.rsvdPageTables;
          if (count - ptr < cut.size) return -ENOMEM;
        }
        return yield* prev.mmu.gpuvaSmStepRemap(op, vm);
      },
    },
  })),
});
