// A cache flush that times out has the GPU reset. Kernel: panthor_gpu.c, merged as 3c0a60195b37.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const recoverFromFlush = patch({
  id: "atomic-pt/merged-0005",
  title: "Recover from panthor_gpu_flush_caches() failures",
  source: "3c0a60195b37; B4 3/6",
  observable: "a reset after a flush that timed out; flushes fail at once until it is done",
  overlay: overlay((final) => ({ gpu: asPorted(final, "gpu", "flushCachesLocked") })),
});
