// A full heap was treated as an error of the group instead of being left to the firmware. Kernel:
// panthor_sched.c before "drm/panthor: Fix tiler OOM handling to allow incremental rendering".

import { ENOMEM, EINVAL } from "../../machine/errno.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const oomNeverIncremental = regression({
  id: "oom-never-incremental",
  title: "A full tiler heap kills the group",
  fix: "d2143297579f drm/panthor: Fix tiler OOM handling to allow incremental rendering",
  effect: "the firmware never gets the NULL chunk that starts incremental rendering",
  trace: "08-tiler-heap-oom",
  catches: [
    { by: "difference", section: "fences", kind: "other error", of: /has error -22/ },
    { by: "result", of: /group_get_state/ },
  ],
  overlay: overlay((final, prev) => ({
    heap: {
      *grow(pool, heapGpuVa, renderpassesInFlight, pendingFragCount) {
        const ret = yield* prev.heap.grow(pool, heapGpuVa, renderpassesInFlight, pendingFragCount);
        const heap = pool.xa.get(final().heap.heapId(pool, heapGpuVa));
        if (ret !== -ENOMEM || heap === undefined) return ret;
        // Only jobs that are about to give memory back were a reason to wait.
        const wait = renderpassesInFlight > heap.targetInFlight || pendingFragCount > 0;
        return wait ? ret : -EINVAL;
      },
    },
  })),
});
