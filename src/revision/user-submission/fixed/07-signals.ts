// Every change of a native sync object that the kernel knows of makes everybody look who may wait
// for it: streams on slots (a doorbell), groups without a slot, and the XGS waits of all files, by a
// work of its own and without the scheduler's lock, until nothing changes.

import type { Kernel } from "../../../machine/core/op.ts";
import type { Eventfd } from "../../../machine/eventfd.ts";
import { Work } from "../../../machine/workqueue/index.ts";
import { CSF_GLB_DOORBELL_ID } from "../../../driver/fw/iface-bits.ts";
import type { PanthorDevice } from "../../../driver/device/types.ts";
import { patch } from "../../patch.ts";
import { cachedSyncwait } from "../0005-syncobj.ts";
import { userDevice } from "../state.ts";
import { type UsubDriver, usubOverlay } from "../unit.ts";

export const signals = patch({
  id: "user-submission/fix-07",
  title: "drm/panthor: Look at all waiters whenever a native sync object changes",
  source: "corrects patches 5, 6 and 8 (USUB-12, USUB-13, USUB-14, USUB-19, USUB-33, USUB-40)",
  observable:
    "the global doorbell after each XGS signal; xgs_recheck_work instead of the event work",
  overlay: usubOverlay((drv, prev) => ({
    usub: {
      *xgsQueueInit(pfile, queue, vmId, eventfd) {
        const handle = yield* prev.usub.xgsQueueInit(pfile, queue, vmId, eventfd);
        if (handle > 0) userDevice(queue.ptdev).xgsQueues.add(queue);
        return handle;
      },
      *xgsQueueReleaseWork(queue) {
        userDevice(queue.ptdev).xgsQueues.delete(queue);
        yield* prev.usub.xgsQueueReleaseWork(queue);
      },
      *xgsSignalled(queue) {
        const { usub } = drv();
        yield* usub.syncUpdateDoorbell(queue.ptdev);
        yield* usub.schedSyncUpdate(queue.ptdev);
        if (queue.eventfd !== null) yield* (queue.eventfd as Eventfd).signal();
        yield* queueRecheck(drv, queue.ptdev);
      },
      *xgsPoolRecheck(pfile) {
        yield* queueRecheck(drv, pfile.ptdev);
      },
      *xgsRecheckForEvent() {},
      *syncUpdateDoorbell(ptdev) {
        // A reset takes the slots of all groups: nobody is there to look again.
        if (ptdev.scheduler.reset.inProgress) return;
        const active = yield* ptdev.pmRuntime.getIfActive();
        if (active === 1) yield* drv().fw.ringDoorbell(ptdev, CSF_GLB_DOORBELL_ID);
        if (active === 1) yield* ptdev.pmRuntime.putAutosuspend();
      },
    },
    sched: {
      *csgSlotSyncUpdateLocked(ptdev, csgId) {
        yield* prev.sched.csgSlotSyncUpdateLocked(ptdev, csgId);
        yield* queueRecheck(drv, ptdev);
      },
      *queueEvalSyncwait(group, queueIdx) {
        const queue = group.queues[queueIdx]!;
        // The queue may wait for another object than the one that is cached.
        if (cachedSyncwait(queue) !== null) yield* drv().sched.queuePutSyncwaitObj(queue);
        return yield* prev.sched.queueEvalSyncwait(group, queueIdx);
      },
      *disableWorks(sched) {
        yield* prev.sched.disableWorks(sched);
        const { recheckWork } = userDevice(sched.ptdev);
        if (recheckWork !== null) yield* drv().linux.wq.disableWorkSync(recheckWork);
      },
    },
  })),
});

/** xgs_recheck_work(): all queues of the device; a signal among them queues it again. */
function* queueRecheck(drv: () => UsubDriver, ptdev: PanthorDevice): Kernel<void> {
  const state = userDevice(ptdev);
  state.recheckWork ??= new Work("xgs_recheck_work", function* () {
    for (const queue of [...state.xgsQueues]) {
      if (!queue.freed) yield* drv().usub.xgsQueueRecheck(queue);
    }
  });
  yield* drv().linux.wq.systemUnboundWq.queueWork(state.recheckWork);
}
