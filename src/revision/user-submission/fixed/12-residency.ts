// Memory of a VM is not reclaimed while a user-submit group of it has a slot: residency is how long
// it is pinned. GROUP_KICK, from where a group gets a slot again, brings back what was reclaimed.

import { DrmExec } from "../../../machine/dma-fence/exec.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import type { PanthorGemObject } from "../../../driver/gem/types.ts";
import type { PanthorGroup } from "../../../driver/sched/types.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { type UsubDriver, usubOverlay } from "../unit.ts";

export const residency = patch({
  id: "user-submission/fix-12",
  title: "drm/panthor: Pin the memory of a user-submit group while it has a slot",
  source: "corrects patch 2 (USUB-34, USUB-43); proposals of Boris Brezillon and Steven Price",
  observable: "the shrinker leaves VMs of resident user-submit groups alone",
  overlay: usubOverlay((drv, prev) => ({
    usub: {
      *groupKick(pfile, handle, queueMask) {
        const group = yield* drv().usub.groupLookup(pfile, handle);
        let ret = 0;
        if (group !== null && userGroup(group).userSubmit) ret = yield* bringBack(drv(), group);
        yield* drv().sched.groupPut(group);
        return ret !== 0 ? ret : yield* prev.usub.groupKick(pfile, handle, queueMask);
      },
    },
    gem: {
      *tryEvict(bo) {
        return isInUse(bo) ? false : yield* prev.gem.tryEvict(bo);
      },
    },
  })),
});

/** The fence that such a group would have on its objects has not signalled. */
function isInUse(bo: PanthorGemObject): boolean {
  const { scheduler } = bo.ptdev;
  return scheduler.csgSlots.some(({ group }) => {
    if (group === null || !userGroup(group).userSubmit) return false;
    for (const { vm } of bo.gpuva.list) if (vm === group.vm) return true;
    return false;
  });
}

/** The submission's part that validates mappings, without a job. */
function* bringBack(drv: UsubDriver, group: PanthorGroup): Kernel<number> {
  const exec = new DrmExec(drv.linux.fences, { interruptible: true, ignoreDuplicates: true });
  const ret = yield* exec.untilAllLocked(() => drv.mmu.vmPrepareMappedBosResvs(exec, group.vm!, 1));
  yield* exec.fini();
  return ret;
}
