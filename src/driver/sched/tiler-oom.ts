// Tiler out of memory: a work that grows the heap and gives the new chunk to the firmware.
// Kernel: panthor_sched.c (7.3), group_process_tiler_oom(), group_tiler_oom_work(),
// cs_slot_process_tiler_oom_event_locked().

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { CS_TILER_OOM } from "../fw/iface-bits.ts";
import type { PanthorHeapPool } from "../heap/types.ts";
import { bit, bitsOf } from "./bits.ts";
import type { PanthorGroup } from "./types.ts";

export const tilerOomOps = (drv: Driver) => ({
  /** group_process_tiler_oom(). */
  *groupProcessTilerOom(group: PanthorGroup, csId: number): Kernel<number> {
    const { ptdev } = group;
    const sched = ptdev.scheduler;
    let found: PanthorHeapPool | number | null = null;
    let heapAddress = 0;
    let vtStart = 0;
    let vtEnd = 0;
    let fragEnd = 0;

    yield* sched.lock.lock();
    const scheduled = group.csgId >= 0;
    if (scheduled) {
      const { output } = drv.fw.getCsIface(ptdev, group.csgId, csId);
      found = yield* drv.mmu.vmGetHeapPool(group.vm!, false);
      heapAddress = output.heapAddress;
      vtStart = output.heapVtStart;
      vtEnd = output.heapVtEnd;
      fragEnd = output.heapFragEnd;
    }
    yield* sched.lock.unlock();
    // Off its slot meanwhile: the event comes again with the next start.
    if (!scheduled) return 0;

    const heaps = typeof found === "number" ? null : found;
    let newChunkVa = 0;
    let ret: number;
    if (heaps === null) ret = -EINVAL;
    else if (fragEnd > vtEnd || vtEnd >= vtStart) ret = -EINVAL;
    else {
      // Without the scheduler's lock: an allocation may take long.
      const chunk = yield* drv.heap.grow(
        heaps,
        heapAddress,
        (vtStart - fragEnd) >>> 0,
        (vtEnd - fragEnd) >>> 0,
      );
      ret = Math.min(chunk, 0);
      newChunkVa = Math.max(chunk, 0);
    }

    // A full heap is the firmware's to handle: wait for fragment jobs, or incremental rendering.
    if (ret !== 0 && ret !== -ENOMEM) {
      yield* ptdev.base.warn("Failed to extend the tiler heap");
      group.fatalQueues = (group.fatalQueues | bit(csId)) >>> 0;
      yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
      yield* drv.heap.poolPut(heaps);
      return ret;
    }

    yield* sched.lock.lock();
    const stillScheduled = group.csgId >= 0;
    if (stillScheduled) yield* drv.sched.csSlotGiveHeapChunk(group, csId, newChunkVa);
    yield* sched.lock.unlock();

    // The chunk could not be linked to the heap context: back to the heap.
    if (!stillScheduled && newChunkVa !== 0) {
      yield* drv.heap.returnChunk(heaps!, heapAddress, newChunkVa);
    }
    yield* drv.heap.poolPut(heaps);
    return 0;
  },

  /** Answers the tiler OOM event with a chunk, 0 for none (part of the function above in C). */
  *csSlotGiveHeapChunk(group: PanthorGroup, csId: number, chunkVa: number): Atomic<void> {
    const { ptdev, csgId } = group;
    const csgIface = drv.fw.getCsgIface(ptdev, csgId);
    const csIface = drv.fw.getCsIface(ptdev, csgId, csId);
    csIface.input.heapStart = chunkVa;
    csIface.input.heapEnd = chunkVa;
    yield* drv.fw.updateReqs(csIface, "req", csIface.output.ack, CS_TILER_OOM);
    yield* drv.fw.toggleReqs(csgIface, "doorbellReq", "doorbellAck", bit(csId));
    yield* drv.fw.ringCsgDoorbells(ptdev, bit(csgId));
  },

  /** group_tiler_oom_work(). */
  *groupTilerOomWork(group: PanthorGroup): Kernel<void> {
    const { tilerOom } = group;
    group.tilerOom = 0;
    for (const csId of bitsOf(tilerOom)) yield* drv.sched.groupProcessTilerOom(group, csId);
    yield* drv.sched.groupPut(group);
  },

  /** cs_slot_process_tiler_oom_event_locked(). */
  *csSlotProcessTilerOomEventLocked(
    ptdev: PanthorDevice,
    csgId: number,
    csId: number,
  ): Atomic<void> {
    const sched = ptdev.scheduler;
    const { group } = sched.csgSlots[csgId];
    drv.sched.assertEventsLocked(sched);
    if (ptdev.base.warnOn(group === null, "!group")) return;
    group!.tilerOom = (group!.tilerOom | bit(csId)) >>> 0;
    // Not group_queue_work(): this one goes to the queue for works that allocate.
    drv.sched.groupGet(group!);
    if (!(yield* sched.heapAllocWq.queueWork(group!.tilerOomWork))) {
      yield* drv.sched.groupPut(group);
    }
  },
});
