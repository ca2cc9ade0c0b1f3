// Chunks of a tiler heap had to have a power of two as their size, and need not be aligned to pages
// beyond that. Kernel: panthor_heap.c before 69a429905cec.

import { done } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const chunkSizePowerOfTwo = regression({
  id: "chunk-size-power-of-two",
  title: "Tiler heap chunks must have a power of two as size",
  fix: "69a429905cec drm/panthor: Relax the constraints on the tiler chunk size",
  effect: "TILER_HEAP_CREATE refuses sizes that the hardware takes",
  trace: "corpus/heap-arguments",
  catches: [{ by: "result", of: /tiler_heap_create/ }],
  overlay: overlay((_, prev) => ({
    heap: {
      create(pool, initialChunks, chunkSize, ...rest) {
        if ((chunkSize & (chunkSize - 1)) !== 0) return done(-EINVAL);
        return prev.heap.create(pool, initialChunks, chunkSize, ...rest);
      },
    },
  })),
});
