// A group on a slot and off it; whether it is idle or may run.
// Kernel: panthor_sched.c (7.3), group_bind_locked(), group_unbind_locked(), group_is_idle(),
// group_can_run().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
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
    yield* drv.sched.groupEnterSlot(group, csgId);
    return 0;
  },

  /** group_bind_locked(): the group has the slot. */
  *groupEnterSlot(group: PanthorGroup, csgId: number): Atomic<void> {
    const sched = group.ptdev.scheduler;
    drv.sched.groupGet(group);
    group.csgId = csgId;
    // One doorbell page a slot, shared by all queues of the group.
    for (let i = 0; i < group.queueCount; i++) group.queues[i]!.doorbellId = csgId + 1;
    sched.csgSlots[csgId].group = group;
  },

  /** group_unbind_locked(). */
  *groupUnbindLocked(group: PanthorGroup): Kernel<number> {
    if (!drv.sched.groupMayUnbind(group)) return -EINVAL;
    yield* drv.mmu.vmIdle(group.vm!);
    yield* drv.sched.groupLeaveSlot(group);
    yield* drv.sched.groupPut(group);
    return 0;
  },

  /** group_unbind_locked(): what must hold. */
  groupMayUnbind(group: PanthorGroup): boolean {
    const { base, scheduler } = group.ptdev;
    scheduler.lock.assertHeld();
    const unbound = group.csgId < 0 || group.csgId >= MAX_CSGS;
    if (base.warnOn(unbound, "csg_id of an unbound group")) return false;
    const active = group.state === PANTHOR_CS_GROUP_ACTIVE;
    return !base.warnOn(active, "unbind of an active group");
  },

  /** group_unbind_locked(): the slot is free. The caller drops the slot's reference. */
  *groupLeaveSlot(group: PanthorGroup): Atomic<void> {
    const slot = group.ptdev.scheduler.csgSlots[group.csgId];
    group.csgId = -1;

    // The firmware reports a tiler OOM again when the group is back on a slot.
    group.tilerOom = 0;
    if (yield* drv.linux.wq.cancelWork(group.tilerOomWork)) yield* drv.sched.groupPut(group);

    for (let i = 0; i < group.queueCount; i++) group.queues[i]!.doorbellId = 0xff;
    slot.group = null;
  },

  /** The last events of a group that is about to leave its slot. */
  *groupProcessLastIrq(group: PanthorGroup): Kernel<void> {
    if (group.csgId >= 0) yield* drv.sched.schedProcessCsgIrq(group.ptdev, group.csgId);
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
