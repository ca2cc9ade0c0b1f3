// One cache flush at a time. Kernel: panthor_gpu.c (panthor_gpu_flush_caches), merged as
// e322a4844811.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const serialiseFlushes = patch({
  id: "atomic-pt/merged-0002",
  title: "Serialize GPU cache flush operations",
  source: "e322a4844811",
  observable: "a second flush waits for the first one in place of a warning",
  overlay: overlay((final) => ({ gpu: asPorted(final, "gpu", "flushCaches") })),
});
