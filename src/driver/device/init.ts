// Device initialization and its unwinding. Kernel: panthor_device.c (panthor_device_init,
// panthor_clk_init, panthor_init_power). Of the platform's resources only the clocks do something;
// the others are there or fail (probe-failures.ts).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EBUSY, ENOMEM } from "../../machine/errno.ts";
import { anyFails } from "../../machine/memory/fail-nth.ts";
import type { Driver } from "../driver.ts";
import type { PanthorDevice } from "./types.ts";

/** ~3 frames. */
const autosuspendDelayMs = 50;

/** The registers in the device tree. */
const mmioSize = 0x200000;

/** Value of the dummy LATEST_FLUSH page: "already flushed" (0 would mean "always flush"). */
const dummyFlushId = 1;

export const initOps = (drv: Driver) => ({
  /** panthor_clk_init(). */
  *clkInit(ptdev: PanthorDevice): Kernel<number> {
    const { base, clks, pdev } = ptdev;
    const { m, memory } = drv.linux;
    for (const name of ["core", "stacks", "coregroup"] as const) {
      // Its devres, and a struct clk where there is a clock.
      const failed = anyFails(memory, pdev.clocks[name] === undefined ? 1 : 2);
      const ret = failed ? -ENOMEM : pdev.failures.take(m.rec, `clk_${name}`);
      if (ret !== 0) return yield* base.errProbe(ret, `get '${name}' clock failed`);
    }
    clks.core = pdev.clocks.core;
    clks.stacks = pdev.clocks.stacks ?? null;
    clks.coregroup = pdev.clocks.coregroup ?? null;
    base.log("info", `clock rate = ${clks.core.rate}`);
    return 0;
  },

  /** panthor_init_power(): the platform's power domains are there, or it fails. */
  initPower(ptdev: PanthorDevice): number {
    const { failures, powerDomains } = ptdev.pdev;
    return failures.take(drv.linux.m.rec, "power_domains") || (powerDomains ?? 0);
  },

  /**
   * devm_platform_get_and_ioremap_resource(): a name, a managed region, a managed mapping. No memory
   * for the region looks as if somebody else had it.
   */
  *ioremap(ptdev: PanthorDevice): Kernel<number> {
    const { base, pdev } = ptdev;
    const { m, memory } = drv.linux;
    const last = (pdev.phys + mmioSize - 1).toString(16).padStart(8, "0");
    const resource = `[mem 0x${pdev.phys.toString(16).padStart(8, "0")}-0x${last}]`;
    if (memory.failsNow()) return -ENOMEM;
    const ret = anyFails(memory, 2) ? -EBUSY : pdev.failures.take(m.rec, "iomem");
    if (ret !== 0)
      return yield* base.errProbe(ret, `can't request region for resource ${resource}`);
    if (memory.failsNow()) return -ENOMEM;
    ptdev.physAddr = pdev.phys;
    return 0;
  },

  /** pm_runtime_resume_and_get() in the probe: the first time that the clocks are enabled. */
  *firstResume(ptdev: PanthorDevice): Kernel<number> {
    const { clks, pdev, pmRuntime } = ptdev;
    const { rec } = drv.linux.m;
    for (const name of ["core", "stacks", "coregroup"] as const) {
      const clk = clks[name];
      if (clk !== null) clk.failWith = pdev.failures.take(rec, `clk_enable_${name}`);
    }
    const ret = yield* pmRuntime.resumeAndGet();
    for (const clk of [clks.core, clks.stacks, clks.coregroup]) if (clk !== null) clk.failWith = 0;
    return ret;
  },

  /** panthor_device_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { linux } = drv;
    const { base, pdev, pmRuntime } = ptdev;
    const { memory } = linux;
    ptdev.socData = pdev.socData ?? null;

    // unplug.lock, pm.mmio_lock, gems.lock.
    let ret = base.mutexInit() || base.mutexInit() || base.mutexInit();
    if (ret !== 0) return ret;
    const page = memory.allocPage();
    if (page === 0) return -ENOMEM;
    ptdev.pm.dummyLatestFlush = page;
    ret = yield* base.addActionOrReset(() => {
      memory.free(page, 1);
      return done();
    });
    if (ret !== 0) return ret;
    memory.write32(page, dummyFlushId);

    // The reset work is enabled once everything is up.
    yield* drv.device.disableResetWork(ptdev);
    if (memory.failsNow()) return -ENOMEM;
    ptdev.reset.wq = linux.wq.alloc("panthor-reset-wq", { ordered: true });
    ret = yield* base.addActionOrReset(() => drv.device.resetCleanup(ptdev));
    if (ret !== 0) return ret;

    ret = yield* drv.device.clkInit(ptdev);
    if (ret !== 0) return ret;
    ret = drv.device.initPower(ptdev);
    if (ret < 0) {
      yield* base.err(`init power domains failed, ret=${ret}`);
      return ret;
    }
    ret = yield* drv.devfreq.init(ptdev);
    if (ret !== 0) return ret;

    ret = yield* drv.device.ioremap(ptdev);
    if (ret !== 0) return ret;

    // devm_pm_runtime_enable().
    yield* pmRuntime.enable();
    if (memory.failsNow()) {
      yield* pmRuntime.disableAction();
      return -ENOMEM;
    }
    ptdev.devm.push(() => pmRuntime.disableAction());
    ret = yield* drv.device.firstResume(ptdev);
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
    const { base, pdev, pmRuntime } = ptdev;
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
    ret = yield* base.register(drv.drv.version(), (minor) =>
      pdev.failures.take(drv.linux.m.rec, `minor_${minor}`),
    );
    if (ret !== 0) {
      yield* pmRuntime.dontUseAutosuspend();
      yield* drv.sched.unplug(ptdev);
    }
    return ret;
  },
});
