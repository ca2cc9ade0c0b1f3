// Device reset and unplug. Kernel: panthor_device.c (panthor_device_reset_work,
// panthor_device_unplug), panthor_device.h (panthor_device_schedule_reset).

import { done, type Atomic, type Kernel } from "../../machine/core/op.ts";
import type { Driver } from "../driver.ts";
import { pmActive, type PanthorDevice } from "./types.ts";

export const resetOps = (drv: Driver) => ({
  /** panthor_device_schedule_reset(). */
  *scheduleReset(ptdev: PanthorDevice): Atomic<void> {
    if (ptdev.reset.pending) return;
    ptdev.reset.pending = true;
    if (ptdev.pm.state === pmActive) yield* ptdev.reset.wq.queueWork(ptdev.reset.work);
  },

  /** panthor_device_reset_is_pending(). */
  resetIsPending(ptdev: PanthorDevice): boolean {
    return ptdev.reset.pending;
  },

  /** panthor_device_reset_cleanup(). */
  *resetCleanup(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.linux.wq.disableWorkSync(ptdev.reset.work);
    yield* ptdev.reset.wq.destroy();
  },

  /** panthor_device_reset_work(). */
  *resetWork(ptdev: PanthorDevice): Kernel<void> {
    // On its way into suspend: the resume does a slow reset instead.
    if (ptdev.pm.state !== pmActive) return;
    if (!ptdev.base.enter()) return;

    yield* drv.sched.preReset(ptdev);
    yield* drv.fw.preReset(ptdev, true);
    yield* drv.mmu.preReset(ptdev);
    yield* drv.hw.softReset(ptdev);
    yield* drv.hw.l2PowerOn(ptdev);
    yield* drv.mmu.postReset(ptdev);
    const ret = yield* drv.fw.postReset(ptdev);
    ptdev.reset.pending = false;
    yield* drv.sched.postReset(ptdev, ret !== 0);
    yield* ptdev.base.exit();

    if (ret !== 0) {
      yield* drv.device.unplug(ptdev);
      yield* ptdev.base.err("Failed to boot MCU after reset, making device unusable.");
    }
  },

  /** panthor_device_unplug(): from the reset work and from the removal of the device. */
  *unplug(ptdev: PanthorDevice): Kernel<void> {
    const { base, pmRuntime, unplug } = ptdev;
    yield* unplug.lock.lock();
    if (base.unplugged) {
      // Somebody else is at it: wait for the end.
      yield* unplug.lock.unlock();
      yield* unplug.done.wait();
      return;
    }
    base.warnOn((yield* pmRuntime.getSync()) < 0, "pm_runtime_get_sync(ptdev->base.dev) < 0");
    yield* base.unplug();
    yield* drv.device.unmapAllMappings(ptdev);
    yield* unplug.lock.unlock();

    yield* drv.sched.unplug(ptdev);
    yield* drv.fw.unplug(ptdev);
    yield* drv.mmu.unplug(ptdev);
    yield* drv.gem.shrinkerUnplug(ptdev);
    yield* drv.gpu.unplug(ptdev);
    yield* drv.pwr.unplug(ptdev);

    yield* pmRuntime.dontUseAutosuspend();
    yield* pmRuntime.putSyncSuspend();
    yield* unplug.done.completeAll();
  },

  /** devres_release_all() of the platform device. */
  devmRelease(ptdev: PanthorDevice): Kernel<void> {
    return ptdev.devm.length === 0 ? done() : releaseAll(ptdev);
  },
});

/** devres_release_all(): newest first. */
function* releaseAll(ptdev: PanthorDevice): Kernel<void> {
  for (let action = ptdev.devm.pop(); action !== undefined; action = ptdev.devm.pop()) {
    yield* action();
  }
}
