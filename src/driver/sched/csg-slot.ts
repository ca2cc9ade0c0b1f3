// Group slots of the firmware interface: program, read back priority and state.
// Kernel: panthor_sched.c (7.3), csg_slot_sync_{priority,queues_state,state}_locked(),
// csg_slot_prog_locked().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import {
  CSG_STATE_MASK,
  CSG_STATE_RESUME,
  CSG_STATE_START,
  CSG_STATE_SUSPEND,
  CSG_STATE_TERMINATE,
  csgEpReqCompute,
  csgEpReqFragment,
  csgEpReqPriority,
  csgEpReqPriorityGet,
  csgEpReqTiler,
  MAX_CSGS,
} from "../fw/iface-bits.ts";
import { bit } from "./bits.ts";
import {
  MAX_CSG_PRIO,
  PANTHOR_CS_GROUP_ACTIVE,
  PANTHOR_CS_GROUP_SUSPENDED,
  PANTHOR_CS_GROUP_TERMINATED,
  PANTHOR_CS_GROUP_UNKNOWN_STATE,
} from "./types.ts";
import type { PanthorGroupState } from "./types.ts";

/** The group state that a slot state stands for; null for one the firmware should never show. */
function groupStateOf(csgState: number): PanthorGroupState | null {
  switch (csgState) {
    case CSG_STATE_START:
    case CSG_STATE_RESUME:
      return PANTHOR_CS_GROUP_ACTIVE;
    case CSG_STATE_TERMINATE:
      return PANTHOR_CS_GROUP_TERMINATED;
    case CSG_STATE_SUSPEND:
      return PANTHOR_CS_GROUP_SUSPENDED;
    default:
      return null;
  }
}

export const csgSlotOps = (drv: Driver) => ({
  /** csg_slot_sync_priority_locked(): the firmware has taken the priority over. */
  csgSlotSyncPriorityLocked(ptdev: PanthorDevice, csgId: number): void {
    ptdev.scheduler.lock.assertHeld();
    const csgIface = drv.fw.getCsgIface(ptdev, csgId);
    const endpointReq = drv.fw.csgEndpointReqGet(ptdev, csgIface);
    ptdev.scheduler.csgSlots[csgId].priority = csgEpReqPriorityGet(
      Number(endpointReq & 0xffffffffn),
    );
  },

  /** csg_slot_sync_queues_state_locked(). */
  csgSlotSyncQueuesStateLocked(ptdev: PanthorDevice, csgId: number): void {
    const group = ptdev.scheduler.csgSlots[csgId].group!;
    ptdev.scheduler.lock.assertHeld();
    group.idleQueues = 0;
    group.blockedQueues = 0;
    for (let i = 0; i < group.queueCount; i++) {
      if (group.queues[i] !== null) drv.sched.csSlotSyncQueueStateLocked(ptdev, csgId, i);
    }
  },

  /** csg_slot_sync_state_locked(). */
  *csgSlotSyncStateLocked(ptdev: PanthorDevice, csgId: number): Kernel<void> {
    ptdev.scheduler.lock.assertHeld();
    const csgIface = drv.fw.getCsgIface(ptdev, csgId);
    const { group } = ptdev.scheduler.csgSlots[csgId];
    if (group === null) return;

    const oldState = group.state;
    const csgState = csgIface.output.ack & CSG_STATE_MASK;
    let newState = groupStateOf(csgState);
    if (newState === null) {
      // The firmware's own state may be corrupt; a suspend would spread that to the buffers.
      yield* ptdev.base.err(`Invalid state on CSG ${csgId} (state=${csgState})`);
      newState = PANTHOR_CS_GROUP_UNKNOWN_STATE;
    }
    if (oldState === newState) return;

    if (newState === PANTHOR_CS_GROUP_UNKNOWN_STATE) yield* drv.device.scheduleReset(ptdev);
    if (newState === PANTHOR_CS_GROUP_SUSPENDED) {
      drv.sched.csgSlotSyncQueuesStateLocked(ptdev, csgId);
    }
    if (oldState === PANTHOR_CS_GROUP_ACTIVE) {
      // Clean queue slots for the next group. No doorbell: its start makes the firmware look.
      for (let i = 0; i < group.queueCount; i++) {
        if (group.queues[i] !== null) yield* drv.sched.csSlotResetLocked(ptdev, csgId, i);
      }
    }
    group.state = newState;
  },

  /** csg_slot_prog_locked(). */
  *csgSlotProgLocked(ptdev: PanthorDevice, csgId: number, priority: number): Atomic<number> {
    ptdev.scheduler.lock.assertHeld();
    if (priority > MAX_CSG_PRIO || priority < 0) return -EINVAL;
    if (ptdev.base.warnOn(csgId >= MAX_CSGS, "csg_id >= MAX_CSGS")) return -EINVAL;
    const { group } = ptdev.scheduler.csgSlots[csgId];
    if (group === null || group.state === PANTHOR_CS_GROUP_ACTIVE) return 0;

    const csgIface = drv.fw.getCsgIface(group.ptdev, csgId);
    let queueMask = 0;
    for (let i = 0; i < group.queueCount; i++) {
      if (group.queues[i] === null) continue;
      yield* drv.sched.csSlotProgLocked(ptdev, csgId, i);
      queueMask |= bit(i);
    }

    const { input } = csgIface;
    input.allowCompute = group.computeCoreMask;
    input.allowFragment = group.fragmentCoreMask;
    input.allowOther = Number(group.tilerCoreMask & 0xffffffffn);
    const endpointReq =
      (csgEpReqCompute(group.maxComputeCores) |
        csgEpReqFragment(group.maxFragmentCores) |
        csgEpReqTiler(group.maxTilerCores) |
        csgEpReqPriority(priority)) >>>
      0;
    drv.fw.csgEndpointReqSet(ptdev, csgIface, BigInt(endpointReq));
    input.config = drv.mmu.vmAs(group.vm!);
    input.suspendBuf = group.suspendBuf === null ? 0 : drv.gem.kernelBoGpuva(group.suspendBuf);
    input.protmSuspendBuf =
      group.protmSuspendBuf === null ? 0 : drv.gem.kernelBoGpuva(group.protmSuspendBuf);
    input.ackIrqMask = 0xffffffff;
    yield* drv.fw.toggleReqs(csgIface, "doorbellReq", "doorbellAck", queueMask >>> 0);
    return 0;
  },
});
