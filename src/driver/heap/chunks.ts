// Chunks of tiler heaps: buffers that the GPU links together. Kernel: panthor_heap.c.

import { ENOMEM } from "../../machine/errno.ts";
import type { Kernel } from "../../machine/core/op.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_NO_MMAP } from "../gem/types.ts";
import { DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, PANTHOR_VM_KERNEL_AUTO_VA } from "../mmu/types.ts";
import type { PanthorHeap, PanthorHeapChunk, PanthorHeapPool } from "./types.ts";

/** sizeof(struct panthor_heap_chunk_header): `next` and 14 reserved words. */
const chunkHeaderSize = 64;
const pageSize = 4096;

/** The word that links to a chunk: its address and its size in pages in the low bits. */
export const chunkLink = (gpuva: number, size: number): number =>
  gpuva - (gpuva % pageSize) + Math.floor(size / pageSize);

export const heapChunkOps = (drv: Driver) => ({
  /** panthor_free_heap_chunk(). */
  *freeHeapChunk(pool: PanthorHeapPool, heap: PanthorHeap, chunk: PanthorHeapChunk): Kernel<void> {
    yield* heap.lock.lock();
    heap.chunks.splice(heap.chunks.indexOf(chunk), 1);
    heap.chunkCount--;
    yield* heap.lock.unlock();
    pool.size -= heap.chunkSize;
    yield* drv.gem.kernelBoDestroy(chunk.bo);
  },

  /** panthor_alloc_heap_chunk(). Initial chunks are linked to the one before. */
  *allocHeapChunk(pool: PanthorHeapPool, heap: PanthorHeap, initialChunk: boolean): Kernel<number> {
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const bo = yield* drv.gem.kernelBoCreate(
      pool.ptdev,
      pool.vm!,
      heap.chunkSize,
      DRM_PANTHOR_BO_NO_MMAP,
      DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
      PANTHOR_VM_KERNEL_AUTO_VA,
      "Tiler heap chunk",
    );
    if (typeof bo === "number") return bo;
    const ret = yield* drv.gem.kernelBoVmap(bo);
    if (ret !== 0) {
      yield* drv.gem.kernelBoDestroy(bo);
      return ret;
    }
    const kmap = bo.kmap!;
    kmap.zero(0, chunkHeaderSize);
    if (initialChunk && heap.chunks.length > 0) {
      const prev = drv.gem.kernelBoGpuva(heap.chunks[0].bo);
      kmap.write64Number(0, chunkLink(prev, heap.chunkSize));
    }
    yield* drv.gem.kernelBoVunmap(bo);

    yield* heap.lock.lock();
    heap.chunks.unshift({ bo });
    heap.chunkCount++;
    yield* heap.lock.unlock();
    pool.size += heap.chunkSize;
    return 0;
  },

  /** panthor_free_heap_chunks(). */
  *freeHeapChunks(pool: PanthorHeapPool, heap: PanthorHeap): Kernel<void> {
    for (const chunk of heap.chunks.slice()) yield* drv.heap.freeHeapChunk(pool, heap, chunk);
  },

  /** panthor_alloc_heap_chunks(). */
  *allocHeapChunks(pool: PanthorHeapPool, heap: PanthorHeap, count: number): Kernel<number> {
    for (let i = 0; i < count; i++) {
      const ret = yield* drv.heap.allocHeapChunk(pool, heap, true);
      if (ret !== 0) return ret;
    }
    return 0;
  },
});
