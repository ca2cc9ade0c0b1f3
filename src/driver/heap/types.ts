// Tiler heaps. Kernel: panthor_heap.c (structs panthor_heap_chunk, _heap, _heap_pool).

import type { Kref } from "../../machine/kref.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import type { RwSemaphore } from "../../machine/lock/rwsem.ts";
import type { XArray } from "../../machine/memory/xarray.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { PanthorKernelBo } from "../gem/types.ts";
import type { PanthorVm } from "../mmu/types.ts";

export interface PanthorHeapChunk {
  bo: PanthorKernelBo;
}

export interface PanthorHeap {
  /** Newest chunk first, as list_add() leaves them. */
  readonly chunks: PanthorHeapChunk[];
  readonly lock: Mutex;
  readonly chunkSize: number;
  readonly maxChunks: number;
  readonly targetInFlight: number;
  chunkCount: number;
}

export interface PanthorHeapPool {
  readonly refcount: Kref;
  readonly ptdev: PanthorDevice;
  /** Null once the pool is destroyed. A weak reference: the pool belongs to the VM. */
  vm: PanthorVm | null;
  readonly lock: RwSemaphore;
  readonly xa: XArray<PanthorHeap>;
  gpuContexts: PanthorKernelBo | null;
  /** Bytes of all chunks of all heaps. */
  size: number;
}
