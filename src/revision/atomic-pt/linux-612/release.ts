// A group is released without waiting for readers of its fences: its memory is unmapped as soon as the
// release work runs (7.3 waits for a grace period first).
// Kernel: panthor_sched.c of 6.12 (group_release_work).

import { overlay, patch } from "../../patch.ts";

export const release = patch({
  id: "linux-6.12/release",
  title: "Groups are released without a grace period",
  source: "Linux 6.12",
  observable: "group_release_work unmaps in the order in which the workers begin it",
  overlay: overlay((final) => ({
    sched: {
      *groupReleaseWork(group) {
        const { gem, mmu, sched } = final();
        for (let i = 0; i < group.queueCount; i++) {
          yield* sched.groupFreeQueue(group, group.queues[i]);
        }
        yield* gem.kernelBoDestroy(group.suspendBuf);
        yield* gem.kernelBoDestroy(group.protmSuspendBuf);
        yield* gem.kernelBoDestroy(group.syncobjs);
        yield* mmu.vmPut(group.vm);
      },
    },
  })),
});
