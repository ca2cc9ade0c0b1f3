// GROUP_KICK: a group without a slot is looked at for scheduling. RFC patch 4: panthor_sched.c
// (panthor_group_kick).

import type { Kernel } from "../../machine/core/op.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import type { PanthorGroup } from "../../driver/sched/types.ts";
import type { GroupKickArgs } from "./uapi.ts";
import type { UsubDriver } from "./unit.ts";

export const kickOps = (drv: () => UsubDriver) => ({
  /** panthor_ioctl_group_kick(). */
  *ioctlGroupKick(pfile: PanthorFile, args: GroupKickArgs): Kernel<number> {
    return yield* drv().usub.groupKick(pfile, args.handle, args.queueMask);
  },

  /** panthor_group_kick(): checks nothing, and says nothing (USUB-8). */
  *groupKick(pfile: PanthorFile, handle: number, queueMask: number): Kernel<number> {
    const { sched, usub } = drv();
    const group = yield* usub.groupLookup(pfile, handle);
    if (group === null) return 0;
    if (group.queueCount > 0) {
      const { lock } = group.ptdev.scheduler;
      yield* lock.lock();
      if (group.csgId < 0) yield* sched.groupScheduleLocked(group, queueMask);
      else yield* usub.kickResident(group, queueMask);
      yield* lock.unlock();
    }
    yield* sched.groupPut(group);
    return 0;
  },

  /** panthor_group_kick() of a group with a slot: its doorbell, and nothing else (USUB-6). */
  *kickResident(group: PanthorGroup, _queueMask: number): Kernel<void> {
    yield* drv().fw.ringDoorbell(group.ptdev, group.queues[0]!.doorbellId);
  },
});
