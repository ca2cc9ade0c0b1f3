// A tiler heap from what is mapped for it: a chunk is locked when it is added and, at the latest,
// when the heap is destroyed.

import type { Call, Region } from "./facts.ts";
import { markNumber } from "./mark.ts";
import type { AddressNames } from "./code.ts";
import type { Notes } from "./notes.ts";

export const heapName = "heap";

export interface HeapPlan {
  readonly chunkBytes: number;
  readonly initial: number;
  readonly most: number;
}

const usual: HeapPlan = { chunkBytes: 2 * 1024 * 1024, initial: 5, most: 64 };

/** Names of the addresses that TILER_HEAP_CREATE returned. */
export function heapAddresses(calls: readonly Call[]): AddressNames {
  const names = new Map<number, string>();
  for (const call of calls) {
    if (call.name !== "TILER_HEAP_CREATE") continue;
    for (const args of call.after) {
      const context = markNumber(args, "context");
      const first = markNumber(args, "first_chunk");
      if (context !== null) names.set(context, `${heapName}.context`);
      if (first !== null) names.set(first, `${heapName}.first_chunk`);
    }
  }
  return names;
}

/** Sizes of the heap: chunks unmapped at its end, less those added while jobs ran. */
export function planHeap(calls: readonly Call[], grown: readonly Region[], notes: Notes): HeapPlan {
  const create = calls.find((c) => c.name === "TILER_HEAP_CREATE");
  if (create === undefined) return usual;
  for (const args of create.before) {
    const chunkBytes = markNumber(args, "chunk_size");
    const initial = markNumber(args, "initial_chunks");
    const most = markNumber(args, "max_chunks");
    if (chunkBytes !== null && initial !== null && most !== null) {
      return { chunkBytes, initial, most };
    }
  }
  const destroy = calls.find((c) => c.name === "TILER_HEAP_DESTROY");
  const freed = destroy?.locked ?? [];
  if (freed.length === 0) {
    notes.guess("sizes of tiler heaps: the usual ones", 1, "how often a heap grows may differ");
    return usual;
  }
  const chunkBytes = Math.max(...freed.map(({ size }) => size));
  const added = new Set(grown.filter((r) => r.size === chunkBytes).map((r) => r.start));
  const chunks = freed.filter(({ size }) => size === chunkBytes).length;
  notes.guess("sizes of tiler heaps, from the chunks that were mapped and unmapped");
  return { chunkBytes, initial: Math.max(1, chunks - added.size), most: chunks };
}
