// Part of a 2 MiB block was unmapped as if it were pages. Kernel: panthor_mmu.c before
// 8e7460eac786.

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const partialUnmapOfBlocks = regression({
  id: "partial-unmap-of-blocks",
  title: "A block cannot be unmapped in part",
  fix: "8e7460eac786 drm/panthor: Support partial unmaps of huge pages",
  effect: "the page-table code refuses, the VM becomes unusable, or its neighbours fault",
  trace: "corpus/partial-unmap",
  catches: [
    { by: "warning", of: /unmapped_sz/ },
    { by: "result", of: /vm_get_state|vm_bind/ },
  ],
  overlay: overlay(() => ({
    mmu: { unmapHugepageAlign: (_op, start, range) => ({ start, range }) },
  })),
});
