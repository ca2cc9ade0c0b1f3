// Faults of queues and groups, as the firmware reports them.
// Kernel: panthor_sched.c (7.3), cs_slot_process_{fatal,fault}_event_locked(),
// csg_slot_process_progress_timer_event_locked().

import type { Atomic } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import { DRM_PANTHOR_EXCEPTION_CS_UNRECOVERABLE } from "../device/exception.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { csExceptionData, csExceptionType } from "../fw/iface-bits.ts";
import { bit } from "./bits.ts";
import { listEntries } from "./list.ts";
import type { PanthorGroup, PanthorQueue } from "./types.ts";

export const faultOps = (drv: Driver) => ({
  /** cs_slot_process_fatal_event_locked(). */
  *csSlotProcessFatalEventLocked(ptdev: PanthorDevice, csgId: number, csId: number): Atomic<void> {
    const sched = ptdev.scheduler;
    const { group } = sched.csgSlots[csgId];
    drv.sched.assertEventsLocked(sched);
    const { output } = drv.fw.getCsIface(ptdev, csgId, csId);
    const { fatal, fatalInfo } = output;

    if (group !== null) {
      yield* ptdev.base.warn(`CS_FATAL: ${taskText(group)}`);
      group.fatalQueues = (group.fatalQueues | bit(csId)) >>> 0;
    }

    if (csExceptionType(fatal) === DRM_PANTHOR_EXCEPTION_CS_UNRECOVERABLE) {
      // Only a reset helps, and nothing is to be scheduled before it.
      yield* drv.device.scheduleReset(ptdev);
      yield* drv.linux.wq.cancelDelayedWork(sched.tickWork);
    } else yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);

    yield* ptdev.base.warn(drv.sched.exceptionText("CS_FATAL", csgId, csId, fatal, fatalInfo));
  },

  /** cs_slot_process_fault_event_locked(). */
  *csSlotProcessFaultEventLocked(ptdev: PanthorDevice, csgId: number, csId: number): Atomic<void> {
    const sched = ptdev.scheduler;
    const { group } = sched.csgSlots[csgId];
    const queue = group !== null && csId < group.queueCount ? group.queues[csId] : null;
    drv.sched.assertEventsLocked(sched);
    const { output } = drv.fw.getCsIface(ptdev, csgId, csId);
    const { fault, faultInfo } = output;

    if (queue !== null) yield* drv.sched.queueSetFaultyJobError(queue);
    if (group !== null) yield* ptdev.base.warn(`CS_FAULT: ${taskText(group)}`);
    yield* ptdev.base.warn(drv.sched.exceptionText("CS_FAULT", csgId, csId, fault, faultInfo));
  },

  /** Flags the job at the queue's extract position (part of the fault event in C). */
  *queueSetFaultyJobError(queue: PanthorQueue): Atomic<void> {
    const { extract } = queue.iface.output;
    yield* queue.fenceCtx.lock.lockIrqsave();
    for (const job of listEntries(queue.fenceCtx.inFlightJobs)) {
      if (extract >= job.ringbuf.end) continue;
      if (extract < job.ringbuf.start) break;
      job.doneFence!.setError(-EINVAL);
    }
    yield* queue.fenceCtx.lock.unlockIrqrestore();
  },

  /** csg_slot_process_progress_timer_event_locked(). */
  *csgSlotProcessProgressTimerEventLocked(ptdev: PanthorDevice, csgId: number): Atomic<void> {
    const sched = ptdev.scheduler;
    const { group } = sched.csgSlots[csgId];
    drv.sched.assertEventsLocked(sched);
    if (!ptdev.base.warnOn(group === null, "!group")) {
      yield* ptdev.base.warn(`CSG_PROGRESS_TIMER_EVENT: ${taskText(group!)}`);
      group!.timedout = true;
    }
    yield* ptdev.base.warn(`CSG slot ${csgId} progress timeout`);
    yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
  },

  /** The message about an exception of a queue: one printk of several lines. */
  exceptionText(
    what: "CS_FATAL" | "CS_FAULT",
    csgId: number,
    csId: number,
    word: number,
    info: bigint,
  ): string {
    const type = csExceptionType(word);
    return [
      `CSG slot ${csgId} CS slot: ${csId}`,
      `${what}.EXCEPTION_TYPE: 0x${type.toString(16)} (${drv.device.exceptionName(type)})`,
      `${what}.EXCEPTION_DATA: 0x${csExceptionData(word).toString(16)}`,
      `${what}_INFO.EXCEPTION_DATA: 0x${info.toString(16)}`,
    ].join("\n");
  },
});

const taskText = (group: PanthorGroup): string =>
  `pid=${group.taskInfo.pid}, comm=${group.taskInfo.comm}`;
