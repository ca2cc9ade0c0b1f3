// Patch 5/8: native sync objects in a file of their own; panthor_queue_eval_syncwait() uses it, and
// keeps the width of the object with the mapping; group_term_post_processing() uses it too, and
// writes the value before the error (USUB-23). RFC: panthor_syncobj.c, panthor_sched.c.

import { EINVAL } from "../../machine/errno.ts";
import { type PanthorQueue, syncobj64 } from "../../driver/sched/types.ts";
import { patch } from "../patch.ts";
import { userGroup } from "./state.ts";
import { syncobjOps } from "./syncobj.ts";
import { needs, usubOverlay } from "./unit.ts";
import type { PanthorSyncobj } from "./xgs-types.ts";

const cached = Symbol("user submission: syncwait.so");
interface Waiting extends PanthorQueue {
  [cached]?: PanthorSyncobj | null;
}

/** The object that a queue's last evaluation mapped (USUB-14), null for none. */
export const cachedSyncwait = (queue: PanthorQueue): PanthorSyncobj | null =>
  (queue as Waiting)[cached] ?? null;

export const syncobjHelper = patch({
  id: "user-submission/05",
  title: "drm/panthor: Factor out syncobj handling",
  source: "20240828172605.19176-6-mihail.atanassov@arm.com",
  observable:
    "no change; the width of a sync object that a queue waits for is looked at once; a group that " +
    "dies writes the value of its sync objects before the error",
  overlay: usubOverlay((drv, prev) => {
    needs(prev, "groupGetEventfds", "user-submission/05", "user-submission/02");
    return {
      usub: syncobjOps(drv),
      sched: {
        *queuePutSyncwaitObj(queue) {
          const so = cachedSyncwait(queue);
          (queue as Waiting)[cached] = null;
          if (so !== null) yield* drv().usub.syncobjRelease(so);
        },
        *queueEvalSyncwait(group, queueIdx) {
          const { usub, sched } = drv();
          const queue: Waiting = group.queues[queueIdx]!;
          const { syncwait } = queue;
          let so = cachedSyncwait(queue);
          if (so === null) {
            const { gpuVa, sync64 } = syncwait;
            const made = yield* usub.syncobjCreate(group.ptdev, group.vm!, gpuVa, sync64);
            if (typeof made === "number") return -EINVAL;
            so = queue[cached] = made;
          }
          const value = yield* usub.syncobjValue(so);
          const result = syncwait.gt ? value > syncwait.ref : value <= syncwait.ref;
          if (result) yield* sched.queuePutSyncwaitObj(queue);
          return result ? 1 : 0;
        },
        *groupFailSyncobj(group, idx) {
          if (userGroup(group).userSubmit) return;
          const { kmap: map, obj: bo } = group.syncobjs!;
          const { seqno } = group.queues[idx]!.fenceCtx;
          const so = { bo, map: map!, offset: idx * syncobj64.size, is64: true };
          yield* drv().usub.syncobjSignal(so, BigInt(seqno), 0xffffffff);
        },
      },
    };
  }),
});
