// Device initialization and its unwinding. Kernel: panthor_device.c (panthor_device_init,
// panthor_clk_init, panthor_init_power). Regulators, power domains and DMA masks need nothing here.

import { done, type Kernel } from "../../machine/core/op.ts";
import { ENOMEM } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import type { PanthorDevice } from "./types.ts";

/** ~3 frames. */
const autosuspendDelayMs = 50;

/** Value of the dummy LATEST_FLUSH page: "already flushed" (0 would mean "always flush"). */
const dummyFlushId = 1;

export const initOps = (drv: Driver) => ({
  /** panthor_clk_init(). */
  clkInit(ptdev: PanthorDevice): number {
    const { clks, pdev } = ptdev;
    clks.core = pdev.clocks.core;
    clks.stacks = pdev.clocks.stacks ?? null;
    clks.coregroup = pdev.clocks.coregroup ?? null;
    ptdev.base.log("info", `clock rate = ${clks.core.rate}`);
    return 0;
  },

  /** panthor_init_power(): the platform's power domains are there, or it fails. */
  initPower(ptdev: PanthorDevice): number {
    return ptdev.pdev.powerDomains ?? 0;
  },

  /** panthor_device_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { linux } = drv;
    const { base, pdev, pmRuntime } = ptdev;
    ptdev.socData = pdev.socData ?? null;

    // unplug.lock, pm.mmio_lock and gems.lock.
    for (let i = 0; i < 3; i++) {
      const ret = base.mutexInit();
      if (ret !== 0) return ret;
    }
    const page = linux.memory.allocPage();
    if (page === 0) return -ENOMEM;
    ptdev.pm.dummyLatestFlush = page;
    let ret = yield* base.addActionOrReset(() => {
      linux.memory.free(page, 1);
      return done();
    });
    if (ret !== 0) return ret;
    linux.memory.write32(page, dummyFlushId);

    // The reset work is enabled once everything is up.
    yield* drv.device.disableResetWork(ptdev);
    if (linux.memory.failsNow()) return -ENOMEM;
    ptdev.reset.wq = linux.wq.alloc("panthor-reset-wq", { ordered: true });
    ret = yield* base.addActionOrReset(() => drv.device.resetCleanup(ptdev));
    if (ret !== 0) return ret;

    ret = drv.device.clkInit(ptdev);
    if (ret !== 0) return ret;
    ret = drv.device.initPower(ptdev);
    if (ret < 0) {
      yield* base.err(`init power domains failed, ret=${ret}`);
      return ret;
    }
    ret = yield* drv.devfreq.init(ptdev);
    if (ret !== 0) return ret;

    ptdev.physAddr = pdev.phys;
    yield* pmRuntime.enable();
    // pm_runtime_disable_action().
    ptdev.devm.push(function* (): Kernel<void> {
      yield* pmRuntime.dontUseAutosuspend();
      yield* pmRuntime.disable();
    });
    ret = yield* pmRuntime.resumeAndGet();
    if (ret !== 0) return ret;

    ret = yield* drv.device.initUnits(ptdev);
    if (ret !== 0) {
      yield* pmRuntime.putSyncSuspend();
      return ret;
    }
    yield* pmRuntime.putAutosuspend();
    return 0;
  },

  /** panthor_device_init(): no reset before there is something to reset. */
  *disableResetWork(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.linux.wq.disableWork(ptdev.reset.work);
  },

  /** panthor_device_init(): resets are possible from here on. */
  *enableResetWork(ptdev: PanthorDevice): Kernel<void> {
    yield* drv.linux.wq.enableWork(ptdev.reset.work);
  },

  /** The part of panthor_device_init() that runs with the device powered, and its unwinding. */
  *initUnits(ptdev: PanthorDevice): Kernel<number> {
    const unwind: (() => Kernel<void>)[] = [];
    const ret = yield* drv.device.initPowered(ptdev, unwind);
    if (ret === 0) return 0;
    for (let undo = unwind.pop(); undo !== undefined; undo = unwind.pop()) yield* undo();
    return ret;
  },

  /** The init sequence; pushes on `unwind` what has to be undone when a later step fails. */
  *initPowered(ptdev: PanthorDevice, unwind: (() => Kernel<void>)[]): Kernel<number> {
    const { base, pmRuntime } = ptdev;
    let ret = yield* drv.hw.init(ptdev);
    if (ret !== 0) return ret;

    ret = yield* drv.pwr.init(ptdev);
    if (ret !== 0) return ret;
    unwind.push(() => drv.pwr.unplug(ptdev));

    ret = yield* drv.gpu.init(ptdev);
    if (ret !== 0) return ret;
    unwind.push(() => drv.gpu.unplug(ptdev));

    ret = yield* drv.gpu.coherencyInit(ptdev);
    if (ret !== 0) return ret;

    ret = yield* drv.gem.shrinkerInit(ptdev);
    if (ret !== 0) return ret;
    unwind.push(() => drv.gem.shrinkerUnplug(ptdev));

    ret = yield* drv.mmu.init(ptdev);
    if (ret !== 0) return ret;
    unwind.push(() => drv.mmu.unplug(ptdev));

    ret = yield* drv.fw.init(ptdev);
    if (ret !== 0) return ret;
    unwind.push(() => drv.fw.unplug(ptdev));

    ret = yield* drv.sched.init(ptdev);
    if (ret !== 0) return ret;

    drv.gem.init(ptdev);
    yield* drv.device.enableResetWork(ptdev);
    yield* pmRuntime.setAutosuspendDelay(autosuspendDelayMs);
    yield* pmRuntime.useAutosuspend();

    drv.drv.debugfsInit(ptdev);
    ret = yield* base.register(drv.drv.version());
    if (ret !== 0) {
      yield* pmRuntime.dontUseAutosuspend();
      yield* drv.sched.unplug(ptdev);
    }
    return ret;
  },
});
