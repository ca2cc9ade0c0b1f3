// A group on a slot and off it; whether it is idle or may run.
// Kernel: panthor_sched.c (7.3), group_bind_locked(), group_unbind_locked(), group_is_idle(),
// group_can_run().

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { MAX_CSGS } from "../fw/iface-bits.ts";
import { popcount } from "./bits.ts";
import {
  PANTHOR_CS_GROUP_ACTIVE,
  PANTHOR_CS_GROUP_TERMINATED,
  PANTHOR_CS_GROUP_UNKNOWN_STATE,
} from "./types.ts";
import type { PanthorGroup } from "./types.ts";

export const bindOps = (drv: Driver) => ({
  /** group_bind_locked(). */
  *groupBindLocked(group: PanthorGroup, csgId: number): Kernel<number> {
    const { ptdev } = group;
    const sched = ptdev.scheduler;
    sched.lock.assertHeld();
    const bad = group.csgId !== -1 || csgId >= MAX_CSGS || sched.csgSlots[csgId].group !== null;
    if (ptdev.base.warnOn(bad, "group or CSG slot already bound")) return -EINVAL;

    const ret = yield* drv.mmu.vmActive(group.vm!);
    if (ret !== 0) return ret;

    drv.sched.groupGet(group);
    group.csgId = csgId;
    // One doorbell page a slot, shared by all queues of the group.
    for (let i = 0; i < group.queueCount; i++) group.queues[i]!.doorbellId = csgId + 1;
    sched.csgSlots[csgId].group = group;
    return 0;
  },

  /** group_unbind_locked(). */
  *groupUnbindLocked(group: PanthorGroup): Kernel<number> {
    const { ptdev } = group;
    const sched = ptdev.scheduler;
    sched.lock.assertHeld();
    const { base } = ptdev;
    if (base.warnOn(group.csgId < 0 || group.csgId >= MAX_CSGS, "csg_id of an unbound group")) {
      return -EINVAL;
    }
    if (base.warnOn(group.state === PANTHOR_CS_GROUP_ACTIVE, "unbind of an active group")) {
      return -EINVAL;
    }
    const slot = sched.csgSlots[group.csgId];
    yield* drv.mmu.vmIdle(group.vm!);
    group.csgId = -1;

    // The firmware reports a tiler OOM again when the group is back on a slot.
    group.tilerOom = 0;
    if (yield* drv.linux.wq.cancelWork(group.tilerOomWork)) yield* drv.sched.groupPut(group);

    for (let i = 0; i < group.queueCount; i++) group.queues[i]!.doorbellId = 0xff;
    slot.group = null;
    yield* drv.sched.groupPut(group);
    return 0;
  },

  /** group_is_idle(): no queue has anything to do now. */
  groupIsIdle(group: PanthorGroup): boolean {
    return popcount(group.idleQueues | group.blockedQueues) === group.queueCount;
  },

  /** group_can_run(). */
  groupCanRun(group: PanthorGroup): boolean {
    return (
      group.state !== PANTHOR_CS_GROUP_TERMINATED &&
      group.state !== PANTHOR_CS_GROUP_UNKNOWN_STATE &&
      !group.destroyed &&
      group.fatalQueues === 0 &&
      !group.timedout
    );
  },
});
