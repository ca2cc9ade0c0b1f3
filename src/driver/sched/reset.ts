// Groups and queues around a device reset; MMU faults and VM destruction.
// Kernel: panthor_sched.c (7.3), queue_stop() to panthor_sched_prepare_for_vm_destruction(),
// panthor_sched_pre_reset(), panthor_sched_post_reset().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { listDelInit, listEntriesSafe, listMoveTail } from "./list.ts";
import { PANTHOR_CS_GROUP_TERMINATED } from "./types.ts";
import type { PanthorGroup, PanthorJob, PanthorQueue } from "./types.ts";

export const resetOps = (drv: Driver) => ({
  /** queue_stop(). */
  *queueStop(queue: PanthorQueue, badJob: PanthorJob | null): Kernel<void> {
    yield* drv.linux.wq.disableDelayedWorkSync(queue.timeout.work);
    yield* queue.scheduler!.stop(badJob);
  },

  /** queue_start(). */
  *queueStart(queue: PanthorQueue): Kernel<void> {
    // drm_sched_stop() dropped the hardware fences.
    for (const job of queue.scheduler!.pendingList) {
      const { doneFence } = job as PanthorJob;
      job.sFence!.parent = doneFence === null ? null : doneFence.get();
    }
    yield* drv.linux.wq.enableDelayedWork(queue.timeout.work);
    yield* queue.scheduler!.start(0);
  },

  /** panthor_group_stop(). */
  *groupStop(group: PanthorGroup): Kernel<void> {
    const sched = group.ptdev.scheduler;
    sched.reset.lock.assertHeld();
    for (let i = 0; i < group.queueCount; i++) {
      yield* drv.sched.queueStop(group.queues[i]!, null);
    }
    drv.sched.groupGet(group);
    listMoveTail(group.runNode, sched.reset.stoppedGroups);
  },

  /** panthor_group_start(). */
  *groupStart(group: PanthorGroup): Kernel<void> {
    const sched = group.ptdev.scheduler;
    sched.reset.lock.assertHeld();
    for (let i = 0; i < group.queueCount; i++) yield* drv.sched.queueStart(group.queues[i]!);

    if (drv.sched.groupCanRun(group)) {
      const lists = drv.sched.groupIsIdle(group) ? sched.groups.idle : sched.groups.runnable;
      listMoveTail(group.runNode, lists[group.priority]);
    } else {
      listDelInit(group.runNode);
      listDelInit(group.waitNode);
      yield* drv.sched.groupQueueWork(group, group.termWork);
    }
    yield* drv.sched.groupPut(group);
  },

  /** panthor_sched_report_mmu_fault(): a tick kills the groups at fault. */
  *reportMmuFault(ptdev: PanthorDevice): Atomic<void> {
    const sched = ptdev.scheduler;
    if (sched !== null) yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
  },

  /**
   * panthor_sched_prepare_for_vm_destruction(): the firmware writes to the VM when it suspends a
   * group, so a tick that evicts groups must end first.
   */
  *prepareForVmDestruction(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.linux.wq.flushWork(ptdev.scheduler.tickWork.work);
  },

  /** panthor_sched_pre_reset(). */
  *preReset(ptdev: PanthorDevice): Kernel<void> {
    const sched = ptdev.scheduler;
    yield* sched.reset.lock.lock();
    sched.reset.inProgress = true;

    // From here on these works are not queued again until the reset is over.
    yield* drv.linux.wq.cancelWorkSync(sched.syncUpdWork);
    yield* drv.linux.wq.cancelDelayedWorkSync(sched.tickWork);
    yield* drv.sched.suspend(ptdev);

    // Groups that could still get jobs.
    for (const lists of [sched.groups.runnable, sched.groups.idle]) {
      for (const list of lists) {
        for (const group of listEntriesSafe(list)) yield* drv.sched.groupStop(group);
      }
    }
    yield* sched.reset.lock.unlock();
  },

  /** panthor_sched_post_reset(). */
  *postReset(ptdev: PanthorDevice, resetFailed: boolean): Kernel<void> {
    const sched = ptdev.scheduler;
    yield* sched.reset.lock.lock();
    for (const group of listEntriesSafe(sched.reset.stoppedGroups)) {
      if (resetFailed) group.state = PANTHOR_CS_GROUP_TERMINATED;
      yield* drv.sched.groupStart(group);
    }
    sched.reset.inProgress = false;
    yield* sched.reset.lock.unlock();

    if (!resetFailed) {
      yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
      yield* drv.sched.schedQueueWork(sched, sched.syncUpdWork);
    }
  },
});
