// A published fence signals exactly once: not twice, and not never. When the programs have exited
// and the driver is gone, no fence is left that somebody could still wait for. Nor is a fence made
// anew while somebody may wait for the one before it: that one would never signal.

import type { CheckSpec } from "./check.ts";
import { FenceTable } from "./published-fences.ts";

/** Stub fences share a context and a number, and signal as soon as they are made. */
const stubs = 0;

export const fenceOnceCheck: CheckSpec = {
  name: "fence-once",
  rule: "each published fence signals exactly once, at the latest when its file is closed",
  make({ rec, report }) {
    const fences = new FenceTable(rec);
    return {
      on: {
        dma_fence_init(index) {
          const before = fences.find(index);
          if (before !== undefined && !before.signalled && before.context !== stubs) {
            report(index, `fence ${fences.name(before)} is made again before it has signalled`);
          }
          fences.add(index);
        },
        dma_fence_enable_signal: (index) => void fences.enable(index),
        dma_fence_signaled(index) {
          const fence = fences.find(index);
          if (fence === undefined) return;
          if (fence.signalled) report(index, `fence ${fences.name(fence)} signals again`);
          fence.signalled = true;
        },
        fence_shared(index) {
          const fence = fences.find(index);
          if (fence !== undefined) fence.shared = true;
        },
        dma_fence_destroy(index) {
          const fence = fences.find(index);
          if (fence === undefined) return;
          fences.remove(fence);
          if (!fence.signalled && fences.published(fence, index)) {
            report(index, `fence ${fences.name(fence)} is destroyed without having signalled`);
          }
        },
      },
      atEnd() {
        for (const fence of fences.all()) {
          if (fence.signalled) continue;
          report(fence.init, `fence ${fences.name(fence)} is never signalled`);
        }
      },
    };
  },
};
