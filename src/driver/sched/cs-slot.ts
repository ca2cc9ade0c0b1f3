// Queue slots of the firmware interface: program, stop, read back the state.
// Kernel: panthor_sched.c (7.3), cs_slot_prog_locked(), cs_slot_reset_locked(),
// cs_slot_sync_queue_state_locked().

import type { Atomic } from "../../machine/core/op.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import {
  CS_IDLE_EMPTY,
  CS_IDLE_SYNC_WAIT,
  CS_STATE_MASK,
  CS_STATE_START,
  CS_STATE_STOP,
  CS_STATUS_BLOCKED_REASON_SYNC_WAIT,
  CS_STATUS_BLOCKED_REASON_UNBLOCKED,
  CS_STATUS_WAIT_SYNC_64B,
  CS_STATUS_WAIT_SYNC_COND_GT,
  CS_STATUS_WAIT_SYNC_COND_MASK,
  csConfigDoorbell,
  csConfigPriority,
} from "../fw/iface-bits.ts";
import { bit } from "./bits.ts";
import { listEmpty, listMoveTail } from "./list.ts";

export const csSlotOps = (drv: Driver) => ({
  /** cs_slot_prog_locked(): a group must be bound to the slot. */
  *csSlotProgLocked(ptdev: PanthorDevice, csgId: number, csId: number): Atomic<void> {
    const sched = ptdev.scheduler;
    const queue = sched.csgSlots[csgId].group!.queues[csId]!;
    const csIface = drv.fw.getCsIface(ptdev, csgId, csId);
    const { input, output } = queue.iface;
    sched.lock.assertHeld();

    input.extract = output.extract;
    const overrun = input.insert < input.extract;
    ptdev.base.warnOn(overrun, "queue->iface.input->insert < queue->iface.input->extract");

    csIface.input.ringbufBase = drv.gem.kernelBoGpuva(queue.ringbuf!);
    csIface.input.ringbufSize = drv.gem.kernelBoSize(queue.ringbuf!);
    csIface.input.ringbufInput = queue.iface.inputFwVa;
    csIface.input.ringbufOutput = queue.iface.outputFwVa;
    csIface.input.config = csConfigPriority(queue.priority) | csConfigDoorbell(queue.doorbellId);
    csIface.input.ackIrqMask = 0xffffffff;
    yield* drv.fw.updateReqs(
      csIface,
      "req",
      CS_IDLE_SYNC_WAIT | CS_IDLE_EMPTY | CS_STATE_START,
      CS_IDLE_SYNC_WAIT | CS_IDLE_EMPTY | CS_STATE_MASK,
    );
    if (input.insert !== input.extract) yield* drv.sched.queueResumeTimeout(queue);
  },

  /** cs_slot_reset_locked(). */
  *csSlotResetLocked(ptdev: PanthorDevice, csgId: number, csId: number): Atomic<number> {
    const csIface = drv.fw.getCsIface(ptdev, csgId, csId);
    const queue = ptdev.scheduler.csgSlots[csgId].group!.queues[csId]!;
    ptdev.scheduler.lock.assertHeld();
    yield* drv.fw.updateReqs(csIface, "req", CS_STATE_STOP, CS_STATE_MASK);
    yield* drv.sched.queueSuspendTimeout(queue);
    return 0;
  },

  /** cs_slot_sync_queue_state_locked(): after a suspend or a STATUS_UPDATE. */
  csSlotSyncQueueStateLocked(ptdev: PanthorDevice, csgId: number, csId: number): void {
    const group = ptdev.scheduler.csgSlots[csgId].group!;
    const queue = group.queues[csId]!;
    const { output } = drv.fw.getCsIface(group.ptdev, csgId, csId);

    switch (output.statusBlockedReason) {
      case CS_STATUS_BLOCKED_REASON_UNBLOCKED:
        if (
          queue.iface.input.insert === queue.iface.output.extract &&
          output.statusScoreboards === 0
        ) {
          group.idleQueues |= bit(csId);
        }
        break;

      case CS_STATUS_BLOCKED_REASON_SYNC_WAIT: {
        if (listEmpty(group.waitNode)) {
          listMoveTail(group.waitNode, group.ptdev.scheduler.groups.waiting);
        }
        // Deferred operations still pending on a scoreboard: not blocked yet.
        if (output.statusScoreboards === 0) group.blockedQueues |= bit(csId);

        const { syncwait } = queue;
        syncwait.gpuVa = output.statusWaitSyncPtr;
        syncwait.ref = BigInt(output.statusWaitSyncValue);
        const cond = output.statusWait & CS_STATUS_WAIT_SYNC_COND_MASK;
        syncwait.gt = cond === CS_STATUS_WAIT_SYNC_COND_GT;
        syncwait.sync64 = (output.statusWait & CS_STATUS_WAIT_SYNC_64B) !== 0;
        if (syncwait.sync64) syncwait.ref |= BigInt(output.statusWaitSyncValueHi) << 32n;
        break;
      }

      default:
        // Not a reason that blocks: the queue counts as runnable.
        break;
    }
  },
});
