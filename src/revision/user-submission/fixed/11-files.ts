// A group does not reach into the private data of a file that may be gone: what the file may map is
// revoked when the group is destroyed, and events look at the queues of the device.

import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { usubOverlay } from "../unit.ts";

export const files = patch({
  id: "user-submission/fix-11",
  title: "drm/panthor: Revoke the mappings of a group when it is destroyed",
  source: "corrects patches 2 and 6 (USUB-29)",
  observable: "nothing follows the pointer of a group to its file after close()",
  overlay: usubOverlay((drv, prev) => ({
    sched: {
      *groupDestroy(pfile, handle) {
        const group = pfile.groups?.xa.get(handle) ?? null;
        if (group !== null) {
          drv().sched.groupGet(group);
          for (const queue of group.queues) {
            if (userGroup(group).userSubmit) drv().usub.revokeQueueMappings(group, queue!);
          }
        }
        const ret = yield* prev.sched.groupDestroy(pfile, handle);
        if (group !== null) {
          userGroup(group).pfile = null;
          yield* drv().sched.groupPut(group);
        }
        return ret;
      },
    },
  })),
});
