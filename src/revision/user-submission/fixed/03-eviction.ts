// Work in a user ring is not lost when its group leaves the slot: doorbells are revoked first, then
// INSERT is read again; a device whose rings have work does not suspend; a group with work is on
// the runnable list.

import type { Kernel } from "../../../machine/core/op.ts";
import { EBUSY } from "../../../machine/errno.ts";
import type { PanthorDevice } from "../../../driver/device/types.ts";
import { bit } from "../../../driver/sched/bits.ts";
import { listMoveTail } from "../../../driver/sched/list.ts";
import type { PanthorGroup } from "../../../driver/sched/types.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { usubOverlay } from "../unit.ts";

/** Queues that have something in their rings. */
export function queuesWithWork(group: PanthorGroup): number {
  let mask = 0;
  for (let i = 0; i < group.queueCount; i++) {
    const { input, output } = group.queues[i]!.iface;
    if (input.insert !== output.extract) mask |= bit(i);
  }
  return mask;
}

const residents = (ptdev: PanthorDevice): PanthorGroup[] =>
  ptdev.scheduler.csgSlots.flatMap(({ group }) =>
    group !== null && userGroup(group).userSubmit ? [group] : [],
  );

export const eviction = patch({
  id: "user-submission/fix-03",
  title: "drm/panthor: Look at user rings again when a group leaves its slot",
  source: "corrects patches 3 and 4 (USUB-4, USUB-5, USUB-7)",
  observable:
    "runtime suspend is refused while a user ring has work; groups come back by themselves",
  overlay: usubOverlay((drv, prev) => ({
    sched: {
      *groupUnbindLocked(group) {
        const ret = yield* prev.sched.groupUnbindLocked(group);
        if (ret === 0 && userGroup(group).userSubmit) group.idleQueues &= ~queuesWithWork(group);
        return ret;
      },
      *tickCtxUnbindEvicted(sched, ctx) {
        yield* prev.sched.tickCtxUnbindEvicted(sched, ctx);
        for (const list of ctx.oldGroups) {
          for (let pos = list.next; pos !== list; pos = pos.next) {
            const group = pos.owner!;
            const { groupCanRun, groupIsIdle } = drv().sched;
            // A dead one's ring may be full: it gets no slot any more.
            if (userGroup(group).userSubmit && groupCanRun(group) && !groupIsIdle(group)) {
              ctx.stopTick = false;
            }
          }
        }
      },
      *groupScheduleLocked(group, queueMask) {
        const { sched } = drv();
        const { scheduler } = group.ptdev;
        const waits = !sched.groupIsIdle(group) && sched.groupCanRun(group) && group.csgId < 0;
        if (waits && userGroup(group).userSubmit && !scheduler.reset.inProgress) {
          listMoveTail(group.runNode, scheduler.groups.runnable[group.priority]);
        }
        yield* prev.sched.groupScheduleLocked(group, queueMask);
      },
    },
    device: {
      *suspend(ptdev) {
        if (yield* ringsHaveWork(ptdev)) {
          // The tick takes a reference and keeps it while the groups are busy.
          const { sched } = drv();
          for (const group of residents(ptdev)) group.idleQueues &= ~queuesWithWork(group);
          yield* sched.schedQueueDelayedWork(ptdev.scheduler, ptdev.scheduler.tickWork, 0);
          return -EBUSY;
        }
        return yield* prev.device.suspend(ptdev);
      },
    },
  })),
});

/** Revokes the doorbells, then looks: a store that comes now faults. */
function* ringsHaveWork(ptdev: PanthorDevice): Kernel<boolean> {
  if (ptdev.scheduler === null) return false;
  const { lock } = ptdev.scheduler;
  yield* lock.lock();
  let work = false;
  for (const group of residents(ptdev)) {
    const stuck = group.blockedQueues | group.fatalQueues;
    if ((queuesWithWork(group) & ~stuck) !== 0) work = true;
  }
  yield* lock.unlock();
  return work;
}
