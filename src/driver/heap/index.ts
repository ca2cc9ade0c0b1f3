// Operations of the tiler heap unit (panthor_heap.c).

import type { Driver } from "../driver.ts";
import { heapChunkOps } from "./chunks.ts";
import { heapObjectOps } from "./heaps.ts";
import { heapPoolOps } from "./pool.ts";

export const heapOps = (drv: Driver) => ({
  ...heapChunkOps(drv),
  ...heapObjectOps(drv),
  ...heapPoolOps(drv),
});
