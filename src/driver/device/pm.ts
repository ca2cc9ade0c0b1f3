// Runtime suspend and resume of the device. Kernel: panthor_device.c (panthor_device_resume,
// panthor_device_suspend), panthor_device.h (panthor_device_resume_and_get).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { pmActive, pmResuming, pmSuspended, pmSuspending } from "./types.ts";
import type { PanthorDevice } from "./types.ts";

export const pmOps = (drv: Driver) => ({
  /** panthor_device_is_initialized(). */
  isInitialized(ptdev: PanthorDevice): boolean {
    return ptdev.scheduler !== null;
  },

  /** panthor_device_resume_and_get(). Only one caller of a failed resume clears the error. */
  *resumeAndGet(ptdev: PanthorDevice): Kernel<number> {
    const ret = yield* ptdev.pmRuntime.resumeAndGet();
    if (ret !== 0 && ptdev.pm.recoveryNeeded) {
      ptdev.pm.recoveryNeeded = false;
      yield* ptdev.pmRuntime.setSuspended();
    }
    return ret;
  },

  /** panthor_device_resume_hw_components(). */
  *resumeHwComponents(ptdev: PanthorDevice): Kernel<number> {
    yield* drv.pwr.resume(ptdev);
    yield* drv.gpu.resume(ptdev);
    yield* drv.mmu.resume(ptdev);
    const ret = yield* drv.fw.resume(ptdev);
    if (ret === 0) return 0;
    yield* drv.mmu.suspend(ptdev);
    yield* drv.gpu.suspend(ptdev);
    yield* drv.pwr.suspend(ptdev);
    return ret;
  },

  /** panthor_device_resume(). */
  *resume(ptdev: PanthorDevice): Kernel<number> {
    const { clks, pm } = ptdev;
    if (pm.state !== pmSuspended) return -EINVAL;
    pm.state = pmResuming;

    const enabled: (typeof clks.core)[] = [];
    let ret = 0;
    for (const clk of [clks.core, clks.stacks, clks.coregroup]) {
      ret = clk === null ? 0 : yield* clk.prepareEnable();
      if (ret !== 0) break;
      enabled.push(clk);
    }
    if (ret === 0) {
      yield* drv.devfreq.resume(ptdev);
      if (drv.device.isInitialized(ptdev) && ptdev.base.enter()) {
        ret = yield* drv.device.resumeInitialized(ptdev);
        yield* ptdev.base.exit();
        if (ret !== 0) yield* drv.devfreq.suspend(ptdev);
      }
    }
    if (ret !== 0) {
      for (const clk of enabled.reverse()) {
        if (clk !== null) yield* clk.disableUnprepare();
      }
      pm.state = pmSuspended;
      pm.recoveryNeeded = true;
      return ret;
    }

    // User mappings of the dummy page go away; the next access maps the registers again.
    yield* pm.mmioLock.lock();
    yield* drv.device.unmapMappingRange(ptdev);
    pm.state = pmActive;
    yield* pm.mmioLock.unlock();
    return 0;
  },

  /** The part of panthor_device_resume() for an initialized device. */
  *resumeInitialized(ptdev: PanthorDevice): Kernel<number> {
    // A reset that was pending at suspend becomes a slow reset now.
    if (ptdev.reset.pending) {
      ptdev.reset.fast = false;
      ptdev.reset.pending = false;
    }
    let ret = yield* drv.device.resumeHwComponents(ptdev);
    if (ret !== 0 && ptdev.reset.fast) {
      yield* ptdev.base.err("Fast reset failed, trying a slow reset");
      ptdev.reset.fast = false;
      ret = yield* drv.device.resumeHwComponents(ptdev);
    }
    if (ret === 0) yield* drv.sched.resume(ptdev);
    return ret;
  },

  /** panthor_device_suspend(). */
  *suspend(ptdev: PanthorDevice): Kernel<number> {
    const { clks, pm } = ptdev;
    if (pm.state !== pmActive) return -EINVAL;

    // State and user mappings change together, so that a fault cannot map the registers.
    yield* pm.mmioLock.lock();
    pm.state = pmSuspending;
    yield* drv.device.unmapMappingRange(ptdev);
    yield* pm.mmioLock.unlock();

    if (drv.device.isInitialized(ptdev) && ptdev.base.enter()) {
      yield* drv.linux.wq.cancelWorkSync(ptdev.reset.work);
      // As for a reset; its end is in the resume path.
      yield* drv.sched.suspend(ptdev);
      yield* drv.fw.suspend(ptdev);
      yield* drv.mmu.suspend(ptdev);
      yield* drv.gpu.suspend(ptdev);
      yield* drv.pwr.suspend(ptdev);
      yield* ptdev.base.exit();
    }

    yield* drv.devfreq.suspend(ptdev);
    for (const clk of [clks.coregroup, clks.stacks, clks.core]) {
      if (clk !== null) yield* clk.disableUnprepare();
    }
    pm.state = pmSuspended;
    return 0;
  },
});
