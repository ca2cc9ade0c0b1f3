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
        dma_fence_init(index, driver, timeline, context, seqno) {
          const before = fences.find(context, seqno);
          if (before !== undefined && !before.signalled && before.context !== stubs) {
            report(index, `fence ${fences.name(before)} is made again before it has signalled`);
          }
          fences.add(index, driver, timeline, context, seqno);
        },
        dma_fence_enable_signal(index, driver, timeline, context, seqno) {
          fences.enable(index, driver, timeline, context, seqno);
        },
        dma_fence_signaled(index, _driver, _timeline, context, seqno) {
          const fence = fences.find(context, seqno);
          if (fence === undefined) return;
          if (fence.signalled) report(index, `fence ${fences.name(fence)} signals again`);
          fence.signalled = true;
        },
        fence_shared(_index, _driver, _timeline, context, seqno) {
          const fence = fences.find(context, seqno);
          if (fence !== undefined) fence.shared = true;
        },
        dma_fence_destroy(index, _driver, _timeline, context, seqno) {
          const fence = fences.find(context, seqno);
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
