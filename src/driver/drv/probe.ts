// Binding of the driver to a platform device, and removal. Kernel: panthor_drv.c (panthor_probe,
// panthor_remove, profiling attribute), and what drivers/base/dd.c does around them for runtime PM.

import { done, type Kernel } from "../../machine/core/op.ts";
import { EAGAIN, EINVAL, ENODEV, ENOMEM, ENXIO, EPROBE_DEFER } from "../../machine/errno.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { anyFails } from "../../machine/memory/fail-nth.ts";
import { forceResume, forceSuspend } from "../../machine/pm/rpm-force.ts";
import { type PmCallbacks, RuntimePm } from "../../machine/pm/runtime-pm.ts";
import { Completion } from "../../machine/wait/completion.ts";
import { Work } from "../../machine/workqueue/work.ts";
import { DrmDevice } from "../device/drm-device.ts";
import { pmSuspended } from "../device/types.ts";
import type { PanthorDevice, PlatformDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";

/** PANTHOR_DEVICE_PROFILING_ALL. */
const profilingAll = 3;

export const probeOps = (drv: Driver) => ({
  /** struct module: who keeps the driver loaded. */
  module: { refs: 0 },

  /** devm_drm_dev_alloc(): the device with nothing in it. */
  allocDevice(pdev: PlatformDevice): PanthorDevice {
    const { linux } = drv;
    const { m } = linux;
    const base = new DrmDevice(linux, drv.drv.devtmpfs, "panthor", pdev.name);
    const callbacks: PmCallbacks = {
      runtimeSuspend: () => drv.device.suspend(ptdev),
      runtimeResume: () => drv.device.resume(ptdev),
    };
    const pmRuntime = new RuntimePm(linux, pdev.name, callbacks, linux.platformBus);
    const unset = null as never;
    const ptdev: PanthorDevice = {
      base,
      pdev,
      pmRuntime,
      devm: [],
      ioMappings: new Set(),
      socData: null,
      physAddr: 0,
      clks: { core: null, stacks: null, coregroup: null },
      coherent: false,
      gpuInfo: {
        gpuId: 0,
        gpuRev: 0,
        csfId: 0,
        l2Features: 0,
        tilerFeatures: 0,
        memFeatures: 0,
        mmuFeatures: 0,
        threadFeatures: 0,
        maxThreads: 0,
        threadMaxWorkgroupSize: 0,
        threadMaxBarrierSize: 0,
        coherencyFeatures: 0,
        textureFeatures: [0, 0, 0, 0],
        asPresent: 0,
        selectedCoherency: 0,
        shaderPresent: 0n,
        l2Present: 0n,
        tilerPresent: 0n,
        coreFeatures: 0,
        gpuFeatures: 0n,
      },
      csifInfo: {
        csgSlotCount: 0,
        csSlotCount: 0,
        csRegCount: 0,
        scoreboardSlotCount: 0,
        unpreservedCsRegCount: 0,
      },
      mmuInfo: { pageSizeBitmap: 0 },
      hw: unset,
      pwr: null,
      gpu: unset,
      fw: unset,
      mmu: unset,
      scheduler: unset,
      devfreq: unset,
      reclaim: unset,
      unplug: {
        lock: new Mutex(m, "panthor_device.unplug.lock"),
        done: new Completion(m, "panthor_device.unplug.done"),
      },
      reset: {
        wq: unset,
        work: new Work("panthor_device_reset_work", () => drv.device.resetWork(ptdev)),
        pending: false,
        fast: false,
      },
      pm: {
        state: pmSuspended,
        mmioLock: new Mutex(m, "panthor_device.pm.mmio_lock"),
        dummyLatestFlush: 0,
        recoveryNeeded: false,
      },
      powerTracing: false,
      jobIrqTracing: false,
      profileMask: 0,
      fastRate: 0,
      gems: { lock: new Mutex(m, "panthor_device.gems.lock"), list: new Set() },
    };
    return ptdev;
  },

  /**
   * drm_dev_init(), as far as it can fail: the device, its first managed action, the mount and the
   * inode, a minor of each kind (object, action, device, name), GEM, the name, the devm action.
   * The nodes of the table of minors are left out.
   */
  drmDevInit(pdev: PlatformDevice): number {
    const { m, memory } = drv.linux;
    const ret = pdev.failures.take(m.rec, "drm_dev_alloc");
    if (ret !== 0) return ret;
    const error = (text: string): number => {
      m.rec.log("err", `[drm:drm_dev_init] *ERROR* ${text}`);
      return -ENOMEM;
    };
    if (anyFails(memory, 2)) return -ENOMEM;
    if (memory.failsNow()) {
      m.rec.log("err", `[drm:drm_fs_inode_new] *ERROR* Cannot mount pseudo fs: -${ENOMEM}`);
      return error(`Cannot allocate anonymous inode: -${ENOMEM}`);
    }
    if (memory.failsNow()) return error(`Cannot allocate anonymous inode: -${ENOMEM}`);
    if (anyFails(memory, 8)) return -ENOMEM;
    if (anyFails(memory, 2)) {
      return error("Cannot initialize graphics execution manager (GEM)");
    }
    return anyFails(memory, 2) ? -ENOMEM : 0;
  },

  /** panthor_probe(): the device, or a negative errno with everything undone. */
  *probe(pdev: PlatformDevice): Kernel<PanthorDevice | number> {
    const failed = drv.drv.drmDevInit(pdev);
    if (failed !== 0) return failed;
    const ptdev = drv.drv.allocDevice(pdev);
    const ret = yield* drv.device.init(ptdev);
    if (ret === 0) return ptdev;
    yield* drv.device.devmRelease(ptdev);
    yield* ptdev.base.put();
    return ret;
  },

  /** really_probe() and call_driver_probe(): what the driver core says, and the attributes. */
  *reallyProbe(pdev: PlatformDevice): Kernel<PanthorDevice | number> {
    const { rec } = drv.linux.m;
    const ptdev = yield* drv.drv.probe(pdev);
    if (typeof ptdev === "number") {
      // A probe that is put off, or a device that is not there, is no error.
      if (ptdev !== -EPROBE_DEFER && ptdev !== -ENODEV && ptdev !== -ENXIO) {
        const text = `probe with driver panthor failed with error ${ptdev}`;
        rec.log("err", `panthor ${pdev.name}: ${text}`);
      }
      return ptdev;
    }
    const ret = pdev.failures.take(rec, "dev_groups");
    if (ret === 0) return ptdev;
    yield* ptdev.base.devErr("device_add_groups() failed");
    yield* drv.device.unplug(ptdev);
    yield* drv.device.devmRelease(ptdev);
    yield* ptdev.base.put();
    return ret;
  },

  /**
   * The device appears on the platform bus (device_add, __device_attach, __driver_probe_device):
   * the bus is resumed around the probe, and both get idle requests afterwards.
   */
  *attach(pdev: PlatformDevice): Kernel<PanthorDevice | number> {
    const { platformBus, time, wq } = drv.linux;
    // device_add() reads the clock once (entropy).
    yield* time.ktimeGet();
    yield* platformBus.getSync();
    yield* platformBus.getSync();
    const ptdev = yield* drv.drv.reallyProbe(pdev);
    pdev.failures.clear();
    if (typeof ptdev !== "number") {
      // driver_bound(): devices whose probe was put off get another try.
      yield* wq.systemUnboundWq.queueWork(drv.drv.deferredProbeWork);
      yield* ptdev.pmRuntime.requestIdle();
    }
    yield* platformBus.put();
    if (typeof ptdev !== "number") {
      yield* ptdev.pmRuntime.requestIdle();
      drv.drv.addToSleep(ptdev);
    }
    yield* platformBus.put();
    return ptdev;
  },

  /** panthor_pm_ops: system sleep suspends and resumes as runtime PM does. */
  addToSleep(ptdev: PanthorDevice): void {
    const { pmRuntime } = ptdev;
    const { sleep } = drv.linux;
    const ops = { suspend: () => forceSuspend(pmRuntime), resume: () => forceResume(pmRuntime) };
    const device = { pm: pmRuntime, driver: ptdev.base.driver, parent: "platform", ops };
    sleep.devices.push(device);
    ptdev.devm.push(() => {
      sleep.devices.splice(sleep.devices.indexOf(device), 1);
      return done();
    });
  },

  /** panthor_remove(), and device_release_driver_internal() around it. */
  *remove(ptdev: PanthorDevice): Kernel<void> {
    // The write to the bus's `unbind` attribute.
    yield* drv.linux.time.ktimeGet();
    yield* ptdev.pmRuntime.getSync();
    yield* ptdev.pmRuntime.putSync();
    yield* drv.device.unplug(ptdev);
    yield* drv.device.devmRelease(ptdev);
    yield* ptdev.base.put();
  },

  /** panthor_debugfs_init(): for the primary node; that of the render node is the same folder. */
  debugfsInit(ptdev: PanthorDevice): void {
    drv.mmu.debugfsInit(ptdev);
    drv.gem.debugfsInit(ptdev);
  },

  /**
   * panthor_exit(), behind delete_module(): not while a file is open or a dma-buf is left. `ptdev`
   * is the device that is bound, if any.
   */
  *exit(ptdev: PanthorDevice | null): Kernel<number> {
    if (drv.drv.module.refs > 0) return -EAGAIN;
    if (ptdev !== null) yield* drv.drv.remove(ptdev);
    yield* drv.drv.cleanupWq.destroy();
    return 0;
  },

  /** profiling_show(): reads the `profiling` attribute of the device. */
  profilingShow(ptdev: PanthorDevice): string {
    return String(ptdev.profileMask);
  },

  /** profiling_store(): only the modes that exist. */
  profilingStore(ptdev: PanthorDevice, value: number): number {
    if ((value & ~profilingAll) !== 0) return -EINVAL;
    ptdev.profileMask = value;
    return 0;
  },
});
