// The payload of a timeline: drivers/gpu/drm/drm_syncobj.c:drm_syncobj_query_ioctl.

import type { Atomic } from "../core/op.ts";
import { chainWalk, toChain } from "../dma-fence/chain.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import { putFence } from "../dma-fence/fences.ts";
import type { Syncobj } from "./syncobj.ts";

/** The last point that signalled (or that was submitted); 0 for a binary sync object. */
export function* queryPoint(syncobj: Syncobj, lastSubmitted: boolean): Atomic<number> {
  const fence = syncobj.fenceGet();
  let point = 0;
  if (fence !== null && toChain(fence) !== null) {
    point = lastSubmitted ? fence.seqno : yield* lastSignaledPoint(fence);
  }
  yield* putFence(fence);
  return point;
}

/** Walks to the oldest node left; the walk drops those that have signalled. */
function* lastSignaledPoint(head: DmaFence): Atomic<number> {
  let last: DmaFence = head.get();
  let node: DmaFence | null = head.get();
  while (node !== null) {
    if (node.context !== head.context) {
      yield* node.put();
      break;
    }
    yield* last.put();
    last = node.get();
    node = yield* chainWalk(node);
  }
  const point = (yield* last.isSignaled()) ? last.seqno : toChain(last)!.prevSeqno;
  yield* last.put();
  return point;
}
