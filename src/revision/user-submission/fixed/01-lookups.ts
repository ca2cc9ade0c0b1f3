// A handle is found only when its object is complete, and found with a reference: the lookup is
// under the lock of the table. The recheck holds a reference of each queue it visits.

import { listDelInit, listEmpty } from "../../../driver/sched/list.ts";
import { patch } from "../../patch.ts";
import { userFile } from "../state.ts";
import { usubOverlay } from "../unit.ts";

export const lookups = patch({
  id: "user-submission/fix-01",
  title: "drm/panthor: Look groups and XGS queues up under the lock",
  source: "corrects patches 3, 4 and 6 (USUB-1, USUB-28)",
  observable: "GROUP_KICK and the doorbell fault do not find a group that is being created",
  overlay: usubOverlay((drv, prev) => ({
    usub: {
      *groupLookup(pfile, handle) {
        yield* drv().usub.raceWindow("kick_lookup", handle);
        if (pfile.groups === null) return null;
        return yield* drv().sched.groupFromHandle(pfile.groups, handle);
      },
      *xgsQueueLookup(pfile, handle) {
        yield* drv().usub.raceWindow("xgs_lookup", handle);
        const pool = userFile(pfile).xgsQueues;
        if (pool === null) return null;
        yield* pool.xaLock.lock();
        const queue = pool.xa.get(handle) ?? null;
        queue?.refcount.get();
        yield* pool.xaLock.unlock();
        return queue;
      },
      *xgsQueueRecheck(queue) {
        if (!queue.refcount.getUnlessZero()) return;
        yield* prev.usub.xgsQueueRecheck(queue);
        yield* drv().usub.xgsQueuePut(queue);
      },
    },
    sched: {
      *groupPublish(group) {
        // Nobody can have queued it; if somebody did, it is on that list only.
        if (!listEmpty(group.runNode)) listDelInit(group.runNode);
        yield* prev.sched.groupPublish(group);
      },
    },
  })),
});
