// Pools of tiler heaps, one per VM. Kernel: panthor_heap.c.

import { ENOMEM } from "../../machine/errno.ts";
import { done, type Kernel } from "../../machine/core/op.ts";
import { Kref } from "../../machine/kref.ts";
import { RwSemaphore } from "../../machine/lock/rwsem.ts";
import { XArray } from "../../machine/memory/xarray.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_NO_MMAP } from "../gem/types.ts";
import { gpuL2FeaturesLineSize } from "../gpu/regs.ts";
import { DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC, PANTHOR_VM_KERNEL_AUTO_VA } from "../mmu/types.ts";
import type { PanthorVm } from "../mmu/types.ts";
import { MAX_HEAPS_PER_POOL } from "./heaps.ts";
import type { PanthorHeapPool } from "./types.ts";

/** HEAP_CONTEXT_SIZE: what the GPU keeps per heap, opaque to the driver. */
const heapContextSize = 32;

const alignUp = (n: number, align: number): number => Math.ceil(n / align) * align;

export const heapPoolOps = (drv: Driver) => ({
  /** panthor_heap_ctx_stride(): CPU and GPU both access contexts, so they have their own lines. */
  heapCtxStride(ptdev: PanthorDevice): number {
    return alignUp(heapContextSize, gpuL2FeaturesLineSize(ptdev.gpuInfo.l2Features));
  },

  /** panthor_get_heap_ctx_offset(). */
  getHeapCtxOffset(pool: PanthorHeapPool, id: number): number {
    return drv.heap.heapCtxStride(pool.ptdev) * id;
  },

  /** panthor_heap_pool_get(). */
  poolGet(pool: PanthorHeapPool | null): PanthorHeapPool | null {
    pool?.refcount.get();
    return pool;
  },

  /** panthor_heap_pool_put(). */
  *poolPut(pool: PanthorHeapPool | null): Kernel<void> {
    if (pool !== null) yield* pool.refcount.put(() => drv.heap.poolRelease(pool));
  },

  /** panthor_heap_pool_release(). */
  poolRelease(pool: PanthorHeapPool): Kernel<void> {
    pool.xa.clear();
    return done();
  },

  /** panthor_heap_pool_create(). */
  *poolCreate(ptdev: PanthorDevice, vm: PanthorVm): Kernel<PanthorHeapPool | number> {
    const { krefs, m, memory } = drv.linux;
    if (memory.failsNow()) return -ENOMEM;
    const size = alignUp(MAX_HEAPS_PER_POOL * drv.heap.heapCtxStride(ptdev), 4096);
    const pool: PanthorHeapPool = {
      refcount: new Kref("panthor_heap_pool", krefs),
      ptdev,
      vm,
      lock: new RwSemaphore(m, "panthor_heap_pool.lock"),
      xa: new XArray(false),
      gpuContexts: null,
      size: 0,
    };
    const bo = yield* drv.gem.kernelBoCreate(
      ptdev,
      vm,
      size,
      DRM_PANTHOR_BO_NO_MMAP,
      DRM_PANTHOR_VM_BIND_OP_MAP_NOEXEC,
      PANTHOR_VM_KERNEL_AUTO_VA,
      "Heap pool",
    );
    let ret = typeof bo === "number" ? bo : 0;
    if (typeof bo !== "number") {
      pool.gpuContexts = bo;
      ret = yield* drv.gem.kernelBoVmap(bo);
    }
    if (ret !== 0) {
      yield* drv.heap.poolDestroy(pool);
      return ret;
    }
    pool.size += drv.gem.kernelBoSize(pool.gpuContexts!);
    return pool;
  },

  /** panthor_heap_pool_destroy(): the object itself lives until its last reference goes. */
  *poolDestroy(pool: PanthorHeapPool | null): Kernel<void> {
    if (pool === null) return;
    yield* pool.lock.downWrite();
    for (const id of [...pool.xa.keys()].sort((a, b) => a - b)) {
      const ret = yield* drv.heap.destroyLocked(pool, id);
      pool.ptdev.base.warnOn(ret !== 0, "panthor_heap_destroy_locked(pool, i)");
    }
    if (pool.gpuContexts !== null) {
      pool.size -= drv.gem.kernelBoSize(pool.gpuContexts);
      yield* drv.gem.kernelBoDestroy(pool.gpuContexts);
    }
    pool.vm = null;
    yield* pool.lock.upWrite();
    yield* drv.heap.poolPut(pool);
  },

  /** panthor_heap_pool_size(). */
  poolSize(pool: PanthorHeapPool | null): number {
    return pool === null ? 0 : pool.size;
  },
});
