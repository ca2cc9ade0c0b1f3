// The error pointer for "no heap pool" went on as if it were a pool. Kernel: panthor_sched.c before
// b39436d0ba15.

import { nullDereference } from "../../machine/oops.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const oomErrorPointer = regression({
  id: "oom-error-pointer",
  title: "Tiler OOM on a VM without heaps follows an error pointer",
  fix: "b39436d0ba15 drm/panthor: Fix potential invalid pointer deref in group_process_tiler_oom()",
  effect: "the kernel dies in panthor_heap_grow() instead of failing the group",
  trace: "corpus/oom-without-heap",
  catches: [{ by: "warning", of: /Unable to handle kernel/ }],
  overlay: overlay((final, prev) => ({
    sched: {
      *groupProcessTilerOom(group, csId) {
        const { linux, mmu } = final();
        if (group.csgId >= 0) {
          const pool = yield* mmu.vmGetHeapPool(group.vm!, false);
          if (typeof pool === "number") yield* nullDereference(linux.m, "panthor_heap_grow");
          else yield* final().heap.poolPut(pool);
        }
        return yield* prev.sched.groupProcessTilerOom(group, csId);
      },
    },
  })),
});
