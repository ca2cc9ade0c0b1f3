// The page-table code takes a block apart when part of it is unmapped.
// Kernel: drivers/iommu/io-pgtable-arm.c of 6.12 (arm_lpae_split_blk_unmap), gone with 33729a5fc0ca.

import { overlay, patch } from "../../patch.ts";

export const splitBlocks = patch({
  id: "linux-6.12/split-blocks",
  title: "io-pgtable splits blocks",
  source: "Linux 6.12",
  observable: "an unmap of part of a 2 MiB block works",
  overlay: overlay((_, prev) => ({
    mmu: {
      vmAllocPgtable(vm) {
        const ops = prev.mmu.vmAllocPgtable(vm);
        if (ops !== null) ops.splitsBlocks = true;
        return ops;
      },
    },
  })),
});
