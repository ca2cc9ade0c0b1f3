// Freeing a queue took all of it for made. Kernel: panthor_sched.c before "drm/panthor: Fix
// group_free_queue() for partially initialized queues".

import { nullDereference } from "../../machine/oops.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const queueHalfMade = regression({
  id: "queue-half-made",
  title: "A queue whose creation failed is freed as if it were complete",
  fix: "94a6d20feadb drm/panthor: Fix group_free_queue() for partially initialized queues",
  effect: "NULL pointer in GROUP_CREATE when memory runs out",
  trace: "corpus/queue-creation-fails",
  catches: [{ by: "warning", of: /NULL pointer/ }],
  overlay: overlay((final, prev) => ({
    sched: {
      *groupFreeQueue(group, queue) {
        if (queue !== null && queue.entity === null) {
          yield* nullDereference(final().linux.m, "drm_sched_entity_fini");
        }
        yield* prev.sched.groupFreeQueue(group, queue);
      },
    },
  })),
});
