// Looking through fence containers: drivers/dma-buf/dma-fence-unwrap.c.

import type { Atomic } from "../core/op.ts";
import { DmaFenceArray, toArray } from "./array.ts";
import { chainContained, chainWalk } from "./chain.ts";
import type { DmaFence } from "./fence.ts";
import { type Fences, putFence } from "./fences.ts";
import { isLater } from "./order.ts";

/** struct dma_fence_unwrap: a position inside chain and array containers. */
export class FenceUnwrap {
  private chain: DmaFence | null = null;
  private array: DmaFence | null = null;
  private index = 0;

  /** dma_fence_unwrap_first(). */
  first(head: DmaFence): DmaFence | null {
    this.chain = head.get();
    return this.enter();
  }

  /** dma_fence_unwrap_next(). */
  *next(): Atomic<DmaFence | null> {
    const array = toArray(this.array);
    this.index++;
    if (array !== null && this.index < array.members.length) return array.members[this.index];
    this.chain = this.chain === null ? null : yield* chainWalk(this.chain);
    return this.enter();
  }

  /** Leaves the iteration early: drops the reference that the cursor holds. */
  *end(): Atomic {
    yield* putFence(this.chain);
    this.chain = null;
  }

  private enter(): DmaFence | null {
    this.index = 0;
    this.array = this.chain === null ? null : chainContained(this.chain);
    const array = toArray(this.array);
    if (array === null) return this.array;
    return array.members.length === 0 ? null : array.members[0];
  }
}

/** dma_fence_unwrap_for_each() as an array: the fences inside `head`, without references. */
export function* unwrapAll(head: DmaFence): Atomic<DmaFence[]> {
  const cursor = new FenceUnwrap();
  const all: DmaFence[] = [];
  for (let f = cursor.first(head); f !== null; f = yield* cursor.next()) all.push(f);
  return all;
}

/** dma_fence_dedup_array(): sorts by context and keeps the last fence of each. */
export function* dedupFences(fences: DmaFence[]): Atomic<DmaFence[]> {
  fences.sort((a, b) => {
    if (a.context !== b.context) return a.context - b.context;
    if (isLater(b, a)) return 1;
    return isLater(a, b) ? -1 : 0;
  });
  const kept: DmaFence[] = [];
  for (const fence of fences) {
    if (kept.length > 0 && kept[kept.length - 1].context === fence.context) yield* fence.put();
    else kept.push(fence);
  }
  return kept;
}

/**
 * dma_fence_unwrap_merge(): one fence (a new reference) for all of them: a stub if all have
 * signalled, the pending one if it is alone, else an array. Null without memory.
 */
export function* mergeFences(fences: Fences, heads: readonly DmaFence[]): Atomic<DmaFence | null> {
  const pending: DmaFence[] = [];
  let timestamp = 0;
  for (const head of heads) {
    const cursor = new FenceUnwrap();
    for (let f = cursor.first(head); f !== null; f = yield* cursor.next()) {
      if (yield* f.isSignaled()) timestamp = Math.max(timestamp, f.timestampNs());
      else pending.push(f.get());
    }
  }
  if (pending.length === 0) return yield* fences.allocatePrivateStub(timestamp);
  if (pending.length === 1) return pending[0];
  if (fences.memory.failsNow()) return yield* dropAll(pending);
  const kept = yield* dedupFences(pending);
  if (kept.length === 1) return kept[0];
  if (fences.memory.failsNow()) return yield* dropAll(kept);
  return new DmaFenceArray(fences, kept, fences.contextAlloc(1), 1);
}

function* dropAll(fences: readonly DmaFence[]): Atomic<null> {
  for (const fence of fences) yield* fence.put();
  return null;
}
