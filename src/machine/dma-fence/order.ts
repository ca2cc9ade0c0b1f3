// Order of fences of one context: include/linux/dma-fence.h (dma_fence_is_later and its family).

import type { Atomic } from "../core/op.ts";
import { fenceSeqno64 } from "./fence-ops.ts";
import type { DmaFence } from "./fence.ts";

/** __dma_fence_is_later(): compares two numbers as the context of `fence` counts. */
export function seqnoIsLater(fence: DmaFence, seqno1: number, seqno2: number): boolean {
  if ((fence.flags & fenceSeqno64) !== 0) return seqno1 > seqno2;
  return ((seqno1 - seqno2) | 0) > 0;
}

/** dma_fence_is_later(). */
export function isLater(a: DmaFence, b: DmaFence): boolean {
  if (a.context !== b.context) {
    a.fences.m.rec.log("warn", "WARNING: dma_fence_is_later() of fences of two contexts");
    return false;
  }
  return seqnoIsLater(a, a.seqno, b.seqno);
}

/** dma_fence_is_later_or_same(). */
export function isLaterOrSame(a: DmaFence, b: DmaFence): boolean {
  return a === b || isLater(a, b);
}

/** dma_fence_later(): the one that signals last; null if that one has signalled. */
export function* laterFence(a: DmaFence, b: DmaFence): Atomic<DmaFence | null> {
  const last = isLater(a, b) ? a : b;
  return (yield* last.isSignaled()) ? null : last;
}
