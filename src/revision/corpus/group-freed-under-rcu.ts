// A group was released at once although readers under the RCU lock could still look at its fences.
// Kernel: panthor_sched.c before efe24898485c.


import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const groupFreedUnderRcu = regression({
  id: "group-freed-under-rcu",
  title: "A group is freed without waiting for RCU readers",
  fix: "efe24898485c drm/panthor: fix for dma-fence safe access rules",
  effect: "the release work does not wait for a grace period",
  trace: "02-single-job",
  catches: [{ by: "difference", section: "registers", kind: "moved", of: /./ }],
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
