// A 2 MiB block is never taken apart: what is to be unmapped is not widened to whole blocks.
// Kernel: panthor_mmu.c before 8e7460eac786.

import { overlay, patch } from "../../patch.ts";

export const blocksWhole = patch({
  id: "atomic-pt/before-blocks-whole",
  title: "No partial unmaps of 2 MiB blocks",
  source: "Linux 6.13 to 6.19",
  observable: "the page-table code refuses to unmap part of a block",
  overlay: overlay(() => ({
    mmu: { unmapHugepageAlign: (_op, start, range) => ({ start, range }) },
  })),
});
