// Events of the firmware: the work behind the job interrupt, and what each event leads to.
// Kernel: panthor_sched.c (7.3), cs_slot_process_irq_locked() to panthor_sched_report_fw_events().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import {
  CS_EVT_MASK,
  CS_FATAL,
  CS_FAULT,
  CS_TILER_OOM,
  CSG_EVT_MASK,
  CSG_IDLE,
  CSG_PROGRESS_TIMER_EVENT,
  CSG_SYNC_UPDATE,
  GLB_EVT_MASK,
  GLB_IDLE,
  JOB_INT_GLOBAL_IF,
} from "../fw/iface-bits.ts";
import { bit, firstBit, withoutFirst } from "./bits.ts";
import type { PanthorScheduler } from "./types.ts";

export const eventOps = (drv: Driver) => ({
  /** cs_slot_process_irq_locked(): true if the queue's doorbell is to be rung. */
  *csSlotProcessIrqLocked(ptdev: PanthorDevice, csgId: number, csId: number): Kernel<boolean> {
    drv.sched.assertEventsLocked(ptdev.scheduler);
    const csIface = drv.fw.getCsIface(ptdev, csgId, csId);
    const { req } = csIface.input;
    const { ack } = csIface.output;
    const events = (req ^ ack) & CS_EVT_MASK;
    yield* drv.fw.shareWords(2);

    if ((events & CS_FATAL) !== 0) {
      yield* drv.sched.csSlotProcessFatalEventLocked(ptdev, csgId, csId);
    }
    if ((events & CS_FAULT) !== 0) {
      yield* drv.sched.csSlotProcessFaultEventLocked(ptdev, csgId, csId);
    }
    if ((events & CS_TILER_OOM) !== 0) {
      yield* drv.sched.csSlotProcessTilerOomEventLocked(ptdev, csgId, csId);
    }
    // TILER_OOM is acknowledged by its own work.
    yield* drv.fw.updateReqs(csIface, "req", ack, (CS_FATAL | CS_FAULT) >>> 0);
    return (events & (CS_FAULT | CS_TILER_OOM)) !== 0;
  },

  /** csg_slot_process_idle_event_locked(): a tick evicts the idle and updates PM and devfreq. */
  *csgSlotProcessIdleEventLocked(ptdev: PanthorDevice, _csgId: number): Atomic<void> {
    const sched = ptdev.scheduler;
    drv.sched.assertEventsLocked(sched);
    sched.mightHaveIdleGroups = true;
    yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
  },

  /** csg_slot_sync_update_locked(). */
  *csgSlotSyncUpdateLocked(ptdev: PanthorDevice, csgId: number): Kernel<void> {
    const sched = ptdev.scheduler;
    const { group } = sched.csgSlots[csgId];
    drv.sched.assertEventsLocked(sched);
    if (group !== null) yield* drv.sched.groupQueueWork(group, group.syncUpdWork);
    yield* drv.sched.schedQueueWork(sched, sched.syncUpdWork);
  },

  /** sched_process_csg_irq_locked(). */
  *schedProcessCsgIrqLocked(ptdev: PanthorDevice, csgId: number): Kernel<void> {
    const sched = ptdev.scheduler;
    drv.sched.assertEventsLocked(sched);
    const beyond = csgId >= sched.csgSlotCount;
    if (ptdev.base.warnOn(beyond, "csg_id >= ptdev->scheduler->csg_slot_count")) return;

    const csgIface = drv.fw.getCsgIface(ptdev, csgId);
    const { req, csIrqAck } = csgIface.input;
    const { ack, csIrqReq } = csgIface.output;
    const csgEvents = (req ^ ack) & CSG_EVT_MASK;
    yield* drv.fw.shareWords(4);
    if (req === ack && csIrqReq === csIrqAck) return;

    // Before the queues' words are looked at: an interrupt raised from here on is a new one.
    csgIface.input.csIrqAck = csIrqReq;
    yield* drv.fw.updateReqs(
      csgIface,
      "req",
      ack,
      (CSG_SYNC_UPDATE | CSG_IDLE | CSG_PROGRESS_TIMER_EVENT) >>> 0,
    );

    if ((csgEvents & CSG_IDLE) !== 0) {
      yield* drv.sched.csgSlotProcessIdleEventLocked(ptdev, csgId);
    }
    if ((csgEvents & CSG_PROGRESS_TIMER_EVENT) !== 0) {
      yield* drv.sched.csgSlotProcessProgressTimerEventLocked(ptdev, csgId);
    }
    let ringCsDbMask = 0;
    for (let rest = csIrqReq ^ csIrqAck; rest !== 0; rest = withoutFirst(rest)) {
      const csId = firstBit(rest);
      if (yield* drv.sched.csSlotProcessIrqLocked(ptdev, csgId, csId)) ringCsDbMask |= bit(csId);
    }
    if ((csgEvents & CSG_SYNC_UPDATE) !== 0) {
      yield* drv.sched.csgSlotSyncUpdateLocked(ptdev, csgId);
    }
    if (ringCsDbMask !== 0) {
      yield* drv.fw.toggleReqs(csgIface, "doorbellReq", "doorbellAck", ringCsDbMask >>> 0);
    }
    yield* drv.fw.ringCsgDoorbells(ptdev, bit(csgId));
  },

  /** sched_process_idle_event_locked(): the whole GPU is idle. */
  *schedProcessIdleEventLocked(ptdev: PanthorDevice): Atomic<void> {
    const sched = ptdev.scheduler;
    const glbIface = drv.fw.getGlbIface(ptdev);
    drv.sched.assertEventsLocked(sched);
    yield* drv.fw.updateReqs(glbIface, "req", glbIface.output.ack, GLB_IDLE);
    yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
  },

  /** sched_process_global_irq_locked(). */
  *schedProcessGlobalIrqLocked(ptdev: PanthorDevice): Atomic<void> {
    const glbIface = drv.fw.getGlbIface(ptdev);
    drv.sched.assertEventsLocked(ptdev.scheduler);
    const events = (glbIface.input.req ^ glbIface.output.ack) & GLB_EVT_MASK;
    if ((events & GLB_IDLE) !== 0) yield* drv.sched.schedProcessIdleEventLocked(ptdev);
  },

  /** process_fw_events_work(). */
  *processFwEventsWork(sched: PanthorScheduler): Kernel<void> {
    const events = sched.fwEvents;
    sched.fwEvents = 0;
    yield* sched.lock.lock();
    yield* drv.sched.schedProcessEventsLocked(sched.ptdev, events);
    yield* sched.lock.unlock();
  },

  /** process_fw_events_work(): the events of a JOB_INT status word, the global interface first. */
  *schedProcessEventsLocked(ptdev: PanthorDevice, status: number): Kernel<void> {
    if ((status & JOB_INT_GLOBAL_IF) !== 0) yield* drv.sched.schedProcessGlobalIrqLocked(ptdev);
    for (let rest = status & ~JOB_INT_GLOBAL_IF; rest !== 0; rest = withoutFirst(rest)) {
      yield* drv.sched.schedProcessCsgIrqLocked(ptdev, firstBit(rest));
    }
  },

  /** lockdep_assert_held() of whatever protects the processing of events. */
  assertEventsLocked(sched: PanthorScheduler): void {
    sched.lock.assertHeld();
  },

  /** sched_process_csg_irq_locked() for callers outside the event work: tick and suspend. */
  *schedProcessCsgIrq(ptdev: PanthorDevice, csgId: number): Kernel<void> {
    yield* drv.sched.schedProcessCsgIrqLocked(ptdev, csgId);
  },

  /** panthor_sched_report_fw_events(): from the job interrupt's thread. */
  *reportFwEvents(ptdev: PanthorDevice, events: number): Kernel<void> {
    const sched = ptdev.scheduler;
    if (sched === null) return;
    sched.fwEvents = (sched.fwEvents | events) >>> 0;
    yield* drv.sched.schedQueueWork(sched, sched.fwEventsWork);
  },
});
