// Tiler heaps: creation, growth, return of an unused chunk, destruction. Kernel: panthor_heap.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EBUSY, EINVAL, ENOMEM } from "../../machine/errno.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import type { Driver } from "../driver.ts";
import { chunkLink } from "./chunks.ts";
import type { PanthorHeap, PanthorHeapPool } from "./types.ts";

export const MAX_HEAPS_PER_POOL = 128;

const chunkSizeMin = 128 * 1024;
const chunkSizeMax = 8 * 1024 * 1024;
const pageSize = 4096;
const u32Max = 0xffffffff;

/** What panthor_heap_create() returns through pointers, and the handle. */
export interface CreatedHeap {
  readonly id: number;
  readonly heapCtxGpuVa: number;
  readonly firstChunkGpuVa: number;
}

export const heapObjectOps = (drv: Driver) => ({
  /** panthor_heap_create(). */
  *create(
    pool: PanthorHeapPool,
    initialChunkCount: number,
    chunkSize: number,
    maxChunks: number,
    targetInFlight: number,
  ): Kernel<CreatedHeap | number> {
    if (initialChunkCount === 0) return -EINVAL;
    if (initialChunkCount > maxChunks) return -EINVAL;
    if (chunkSize % pageSize !== 0 || chunkSize < chunkSizeMin || chunkSize > chunkSizeMax) {
      return -EINVAL;
    }

    yield* pool.lock.downRead();
    const vm = pool.vm === null ? null : drv.mmu.vmGet(pool.vm);
    yield* pool.lock.upRead();
    // The pool has been destroyed.
    if (vm === null) return -EINVAL;
    if (drv.linux.memory.failsNow()) {
      yield* drv.mmu.vmPut(vm);
      return -ENOMEM;
    }

    const heap: PanthorHeap = {
      chunks: [],
      lock: new Mutex(drv.linux.m, "panthor_heap.lock"),
      chunkSize,
      maxChunks,
      targetInFlight,
      chunkCount: 0,
    };
    let created: CreatedHeap | number = yield* drv.heap.allocHeapChunks(
      pool,
      heap,
      initialChunkCount,
    );
    if (created === 0) {
      const firstChunkGpuVa = drv.gem.kernelBoGpuva(heap.chunks[0].bo);
      yield* pool.lock.downWrite();
      created = drv.heap.insert(pool, heap, firstChunkGpuVa);
      yield* pool.lock.upWrite();
    }
    if (typeof created === "number") yield* drv.heap.freeHeapChunks(pool, heap);
    yield* drv.mmu.vmPut(vm);
    return created;
  },

  /** Gives a heap its handle and clears its context. Under the pool's lock. */
  insert(pool: PanthorHeapPool, heap: PanthorHeap, firstChunkGpuVa: number): CreatedHeap | number {
    if (pool.vm === null) return -EINVAL;
    let id = 0;
    while (pool.xa.has(id)) id++;
    // xa_alloc() on a full range.
    if (id >= MAX_HEAPS_PER_POOL) return -EBUSY;
    if (pool.xa.store(id, heap, drv.linux.memory) !== 0) return -ENOMEM;
    const offset = drv.heap.getHeapCtxOffset(pool, id);
    const contexts = pool.gpuContexts!;
    contexts.kmap!.zero(offset, drv.heap.heapCtxStride(pool.ptdev));
    const heapCtxGpuVa = drv.gem.kernelBoGpuva(contexts) + offset;
    return { id, heapCtxGpuVa, firstChunkGpuVa };
  },

  /** panthor_heap_destroy_locked(). */
  *destroyLocked(pool: PanthorHeapPool, handle: number): Kernel<number> {
    const heap = pool.xa.get(handle);
    if (heap === undefined) return -EINVAL;
    pool.xa.delete(handle);
    yield* drv.heap.freeHeapChunks(pool, heap);
    return 0;
  },

  /** panthor_heap_destroy(). */
  *destroy(pool: PanthorHeapPool, handle: number): Kernel<number> {
    yield* pool.lock.downWrite();
    const ret = yield* drv.heap.destroyLocked(pool, handle);
    yield* pool.lock.upWrite();
    return ret;
  },

  /** Handle of the heap context at a GPU address, negative if there can be none. */
  heapId(pool: PanthorHeapPool, heapGpuVa: number): number {
    const offset = heapGpuVa - drv.gem.kernelBoGpuva(pool.gpuContexts!);
    // Below the contexts the difference wraps to a large unsigned number.
    if (offset < 0 || offset > u32Max) return -EINVAL;
    const id = Math.floor(offset / drv.heap.heapCtxStride(pool.ptdev));
    return id >= MAX_HEAPS_PER_POOL ? -EINVAL : id;
  },

  /** panthor_heap_return_chunk(). */
  *returnChunk(pool: PanthorHeapPool, heapGpuVa: number, chunkGpuVa: number): Kernel<number> {
    const id = drv.heap.heapId(pool, heapGpuVa);
    if (id < 0) return id;
    yield* pool.lock.downRead();
    let ret = -EINVAL;
    const heap = pool.xa.get(id);
    if (heap !== undefined) {
      const va = chunkGpuVa - (chunkGpuVa % pageSize);
      yield* heap.lock.lock();
      const i = heap.chunks.findIndex((chunk) => drv.gem.kernelBoGpuva(chunk.bo) === va);
      const removed = i < 0 ? null : heap.chunks.splice(i, 1)[0];
      if (removed !== null) {
        heap.chunkCount--;
        pool.size -= heap.chunkSize;
      }
      yield* heap.lock.unlock();
      if (removed !== null) {
        yield* drv.gem.kernelBoDestroy(removed.bo);
        ret = 0;
      }
    }
    yield* pool.lock.upRead();
    return ret;
  },

  /**
   * panthor_heap_grow(): the link word of the new chunk, or a negative errno (-ENOMEM when the
   * heap is full or enough render passes are in flight: the firmware finds another way).
   */
  *grow(
    pool: PanthorHeapPool,
    heapGpuVa: number,
    renderpassesInFlight: number,
    _pendingFragCount: number,
  ): Kernel<number> {
    const id = drv.heap.heapId(pool, heapGpuVa);
    if (id < 0) return id;
    yield* pool.lock.downRead();
    const ret = yield* drv.heap.growLocked(pool, pool.xa.get(id), renderpassesInFlight);
    yield* pool.lock.upRead();
    return ret;
  },

  /** The part of panthor_heap_grow() under the pool's lock. */
  *growLocked(
    pool: PanthorHeapPool,
    heap: PanthorHeap | undefined,
    renderpassesInFlight: number,
  ): Kernel<number> {
    if (heap === undefined) return -EINVAL;
    if (renderpassesInFlight > heap.targetInFlight || heap.chunkCount >= heap.maxChunks) {
      return -ENOMEM;
    }
    const ret = yield* drv.heap.allocHeapChunk(pool, heap, false);
    if (ret !== 0) return ret;
    return chunkLink(drv.gem.kernelBoGpuva(heap.chunks[0].bo), heap.chunkSize);
  },
});
