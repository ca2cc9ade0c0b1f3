// A tiler heap could begin with more chunks than it may have. Kernel: panthor_heap.c before
// "drm/panthor: Make sure the tiler initial/max chunks are consistent".

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const heapChunksInconsistent = regression({
  id: "heap-chunks-inconsistent",
  title: "A tiler heap begins with more chunks than its maximum",
  fix: "e3193f0fbd6d drm/panthor: Make sure the tiler initial/max chunks are consistent",
  effect: "TILER_HEAP_CREATE succeeds, and the heap never grows",
  trace: "uapi/tiler-heap",
  catches: [{ by: "result", of: /tiler_heap_create/ }],
  overlay: overlay((_, prev) => ({
    heap: {
      create: (pool, initial, size, max, inFlight) =>
        prev.heap.create(pool, initial, size, Math.max(initial, max), inFlight),
    },
  })),
});
