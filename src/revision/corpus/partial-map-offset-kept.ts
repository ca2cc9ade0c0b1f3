// The offset into an object was taken off every piece of it, not off the first alone. Kernel:
// panthor_mmu.c, panthor_vm_map_pages() before 3387e043918e.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const partialMapOffsetKept = regression({
  id: "partial-map-offset-kept",
  title: "A part of an object that is in pieces is mapped with holes",
  fix: "3387e043918e drm/panthor: Fix handling of partial GPU mapping of BOs",
  effect: "pages behind the first piece are missing from the mapping: the GPU faults",
  trace: "corpus/bind-part-in-pieces",
  catches: [{ by: "result", of: /value/ }],
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmMapPages(vm, iova, prot, sgt, offset, size) {
        let left = offset;
        const entries = [];
        for (const sg of sgt.entries) {
          if (sg.dmaLen <= left) left -= sg.dmaLen;
          else entries.push({ dmaAddress: sg.dmaAddress + left, dmaLen: sg.dmaLen - left });
        }
        return yield* prev.mmu.vmMapPages(vm, iova, prot, { entries }, 0, size);
      },
    },
  })),
});
