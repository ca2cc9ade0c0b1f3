// User-submitted work is timed while its group has a slot, and user space hears when a group dies.

import type { Eventfd } from "../../../machine/eventfd.ts";
import { DelayedWork } from "../../../machine/workqueue/index.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { JOB_TIMEOUT_MS, type PanthorGroup } from "../../../driver/sched/types.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { type UsubDriver, usubOverlay } from "../unit.ts";
import { queuesWithWork } from "./03-eviction.ts";

interface Watch {
  readonly work: DelayedWork;
  /** EXTRACT of each queue at the last look. */
  extract: number[];
}

export const watchdog = patch({
  id: "user-submission/fix-06",
  title: "drm/panthor: Watch user-submitted work, and report the death of groups",
  source: "corrects patches 2 and 7 (USUB-10, USUB-11)",
  observable:
    "a group whose ring makes no progress for 5 s on its slot is killed; eventfd_group_state",
  overlay: usubOverlay((drv, prev) => {
    const watches = new Map<PanthorGroup, Watch>();
    return {
      usub: {
        *groupGetEventfds(pfile, group, args) {
          const ret = yield* prev.usub.groupGetEventfds(pfile, group, args);
          const fd = args.eventfdGroupState ?? -1;
          const ug = userGroup(group);
          if (ret !== 0 || !ug.userSubmit || fd < 0) return ret;
          return drv().usub.storeEventfd(pfile, fd, (ctx) => (ug.eventfdGroupState = ctx));
        },
        *groupStateChanged(group) {
          const { eventfdGroupState } = userGroup(group);
          if (eventfdGroupState !== null) yield* (eventfdGroupState as Eventfd).signal();
        },
      },
      sched: {
        *groupBindLocked(group, csgId) {
          const ret = yield* prev.sched.groupBindLocked(group, csgId);
          if (ret !== 0 || !userGroup(group).userSubmit) return ret;
          let watch = watches.get(group);
          if (watch === undefined) {
            const work = new DelayedWork("user_watchdog_work", () => look(drv(), group, watches));
            watches.set(group, (watch = { work, extract: [] }));
          }
          watch.extract = extracts(group);
          yield* group.ptdev.reset.wq.modDelayedWork(
            watch.work,
            drv().linux.time.msecsToJiffies(JOB_TIMEOUT_MS),
          );
          return ret;
        },
        *groupUnbindLocked(group) {
          const watch = watches.get(group);
          if (watch !== undefined) yield* drv().linux.wq.cancelDelayedWork(watch.work);
          return yield* prev.sched.groupUnbindLocked(group);
        },
        *groupReleaseWork(group) {
          watches.delete(group);
          yield* prev.sched.groupReleaseWork(group);
        },
      },
    };
  }),
});

const extracts = (group: PanthorGroup): number[] =>
  group.queues.slice(0, group.queueCount).map((queue) => queue!.iface.output.extract);

/** Five seconds on the slot have passed. */
function* look(
  drv: UsubDriver,
  group: PanthorGroup,
  watches: ReadonlyMap<PanthorGroup, Watch>,
): Kernel<void> {
  const watch = watches.get(group);
  if (watch === undefined) return;
  const { scheduler } = group.ptdev;
  yield* scheduler.lock.lock();
  if (group.csgId >= 0 && drv.sched.groupCanRun(group)) {
    const now = extracts(group);
    const busy = queuesWithWork(group) & ~group.blockedQueues;
    const stuck = busy !== 0 && now.every((e, i) => e === watch.extract[i]);
    watch.extract = now;
    if (stuck) {
      group.timedout = true;
      yield* drv.sched.schedQueueDelayedWork(scheduler, scheduler.tickWork, 0);
    } else {
      const delay = drv.linux.time.msecsToJiffies(JOB_TIMEOUT_MS);
      yield* group.ptdev.reset.wq.modDelayedWork(watch.work, delay);
    }
  }
  yield* scheduler.lock.unlock();
}
