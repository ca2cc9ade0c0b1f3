// Initialisation and end of the scheduler. Kernel: panthor_sched.c (7.3), panthor_sched_init(),
// panthor_sched_fini(), panthor_sched_unplug().

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { DelayedWork, Work } from "../../machine/workqueue/index.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { csFeaturesScoreboards, MAX_CSGS } from "../fw/iface-bits.ts";
import { popcount } from "./bits.ts";
import { ListHead, listEmpty } from "./list.ts";
import { prioritiesDown } from "./tick-apply.ts";
import { priorityLists } from "./tick-context.ts";
import { MAX_CSG_PRIO, NO_TICK } from "./types.ts";
import type { PanthorGroup, PanthorScheduler } from "./types.ts";

const tickPeriodMs = 10;

export const initOps = (drv: Driver) => ({
  /** panthor_sched_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { linux } = drv;
    if (linux.memory.failsNow()) return -ENOMEM;
    const glbIface = drv.fw.getGlbIface(ptdev);
    const csgIface = drv.fw.getCsgIface(ptdev, 0);
    const csIface = drv.fw.getCsIface(ptdev, 0, 0);

    // JOB_INT has 31 bits for groups; and each slot shall have a priority of its own, as equal
    // ones can deadlock the firmware's scheduler.
    const numGroups = Math.min(MAX_CSGS, glbIface.control.groupNum, MAX_CSG_PRIO + 1);
    // AS 0 is the MCU's.
    const gpuAsCount = popcount(ptdev.gpuInfo.asPresent & ~1);
    if (gpuAsCount === 0) {
      yield* ptdev.base.err(`Not enough AS (${gpuAsCount + 1}, expected at least 2)`);
      return -EINVAL;
    }

    const sched: PanthorScheduler = {
      ptdev,
      wq: null!,
      heapAllocWq: null!,
      tickWork: new DelayedWork("tick_work", () => drv.sched.tickWork(sched)),
      syncUpdWork: new Work("sync_upd_work", () => drv.sched.syncUpdWork(sched)),
      fwEventsWork: new Work("process_fw_events_work", () => drv.sched.processFwEventsWork(sched)),
      fwEvents: 0,
      reschedTarget: NO_TICK,
      lastTick: 0,
      tickPeriod: linux.time.msecsToJiffies(tickPeriodMs),
      lock: new Mutex(linux.m, "&sched->lock"),
      groups: {
        runnable: priorityLists(),
        idle: priorityLists(),
        waiting: new ListHead<PanthorGroup>(),
      },
      csgSlots: Array.from({ length: MAX_CSGS }, () => ({ group: null, priority: 0 })),
      csgSlotCount: numGroups,
      csSlotCount: csgIface.control.streamNum,
      asSlotCount: gpuAsCount,
      usedCsgSlotCount: 0,
      sbSlotCount: csFeaturesScoreboards(csIface.control.features),
      mightHaveIdleGroups: false,
      pm: { hasRef: false },
      reset: {
        lock: new Mutex(linux.m, "&sched->reset.lock"),
        inProgress: false,
        stoppedGroups: new ListHead<PanthorGroup>(),
      },
    };
    ptdev.csifInfo.csgSlotCount = sched.csgSlotCount;
    ptdev.csifInfo.csSlotCount = sched.csSlotCount;
    ptdev.csifInfo.scoreboardSlotCount = sched.sbSlotCount;

    // lock and reset.lock.
    let ret = ptdev.base.mutexInit() || ptdev.base.mutexInit();
    if (ret !== 0) return ret;
    // Works of `wq` signal fences and may not wait for memory; heap chunks are allocated apart.
    ret = yield* drv.sched.initWorkqueues(sched);
    if (ret !== 0) return ret;
    ret = yield* ptdev.base.addActionOrReset(() => drv.sched.fini(sched));
    if (ret !== 0) return ret;
    ptdev.scheduler = sched;
    return 0;
  },

  /** panthor_sched_init(): the workqueues, both or none. */
  *initWorkqueues(sched: PanthorScheduler): Kernel<number> {
    const { memory, wq } = drv.linux;
    const heapAlloc = memory.failsNow()
      ? null
      : yield* wq.create("panthor-heap-alloc", { unbound: true });
    const own = memory.failsNow()
      ? null
      : yield* wq.create("panthor-csf-sched", { memReclaim: true, unbound: true });
    if (heapAlloc !== null && own !== null) {
      sched.heapAllocWq = heapAlloc;
      sched.wq = own;
      return 0;
    }
    if (own !== null) yield* own.destroy();
    if (heapAlloc !== null) yield* heapAlloc.destroy();
    yield* sched.ptdev.base.err("Failed to allocate the workqueues");
    return -ENOMEM;
  },

  /** panthor_sched_fini(): with the last reference to the DRM device. */
  *fini(sched: PanthorScheduler): Kernel<void> {
    const { base } = sched.ptdev;
    if (sched.csgSlotCount === 0) return;
    yield* sched.wq.destroy();
    yield* sched.heapAllocWq.destroy();
    for (const prio of prioritiesDown) {
      const { runnable, idle } = sched.groups;
      base.warnOn(!listEmpty(runnable[prio]), "!list_empty(&sched->groups.runnable[prio])");
      base.warnOn(!listEmpty(idle[prio]), "!list_empty(&sched->groups.idle[prio])");
    }
    base.warnOn(!listEmpty(sched.groups.waiting), "!list_empty(&sched->groups.waiting)");
  },

  /** panthor_sched_unplug(): from here on nothing is queued. */
  *disableWorks(sched: PanthorScheduler): Kernel<void> {
    const { wq } = drv.linux;
    yield* wq.disableDelayedWorkSync(sched.tickWork);
    yield* wq.disableWorkSync(sched.fwEventsWork);
    yield* wq.disableWorkSync(sched.syncUpdWork);
  },

  /** panthor_sched_unplug(). */
  *unplug(ptdev: PanthorDevice): Kernel<void> {
    const sched = ptdev.scheduler;
    yield* drv.sched.disableWorks(sched);
    yield* sched.lock.lock();
    if (sched.pm.hasRef) {
      yield* ptdev.pmRuntime.put();
      sched.pm.hasRef = false;
    }
    yield* sched.lock.unlock();
  },
});
