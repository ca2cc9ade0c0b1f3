// Frequency scaling: utilization accounting and the devfreq profile. Kernel: panthor_devfreq.c.
// Operating points come from the platform; regulators and cooling devices do not exist here.

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { ENODEV, ENOMEM, EPROBE_DEFER, ERANGE } from "../../machine/errno.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { anyFails } from "../../machine/memory/fail-nth.ts";
import type { ProbeStep } from "../device/probe-failures.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import { Devfreq, type DevfreqProfile, type DevfreqStatus } from "./devfreq-core.ts";
import type { PanthorDevfreq } from "./types.ts";

/** ~3 frames. */
const pollingMs = 50;

export const devfreqOps = (drv: Driver) => ({
  /** devfreq_wq of the devfreq core. */
  devfreqWq: drv.linux.wq.alloc("devfreq_wq", { unbound: true, freezable: true, maxActive: 1 }),

  /** panthor_devfreq_update_utilization(). */
  *updateUtilization(pdevfreq: PanthorDevfreq): Atomic<void> {
    const now = yield* drv.linux.time.ktimeGet();
    const spent = now - pdevfreq.timeLastUpdate;
    if (pdevfreq.lastBusyState) pdevfreq.busyTime += spent;
    else pdevfreq.idleTime += spent;
    pdevfreq.timeLastUpdate = now;
  },

  /** panthor_devfreq_reset(). */
  *reset(pdevfreq: PanthorDevfreq): Atomic<void> {
    pdevfreq.busyTime = 0;
    pdevfreq.idleTime = 0;
    pdevfreq.timeLastUpdate = yield* drv.linux.time.ktimeGet();
  },

  /** devfreq_recommended_opp(): the point at or above `freq`, or below with a least upper bound. */
  recommendedOpp(ptdev: PanthorDevice, freq: number, leastUpperBound: boolean): number {
    const { opps } = ptdev.pdev;
    const ceil = opps.find((f) => f >= freq);
    const floor = opps.findLast((f) => f <= freq);
    const opp = leastUpperBound ? (floor ?? ceil) : (ceil ?? floor);
    return opp ?? -ERANGE;
  },

  /** panthor_devfreq_target(): the frequency of the operating point. */
  *target(ptdev: PanthorDevice, freq: number, leastUpperBound: boolean): Kernel<number> {
    const opp = drv.devfreq.recommendedOpp(ptdev, freq, leastUpperBound);
    if (opp < 0) return opp;
    const { core } = ptdev.clks;
    if (core!.rate !== opp) yield* core!.setRate(opp);
    return opp;
  },

  /** panthor_devfreq_get_dev_status(). */
  *getDevStatus(ptdev: PanthorDevice): Kernel<DevfreqStatus> {
    const pdevfreq = ptdev.devfreq;
    const currentFrequency = ptdev.clks.core!.rate;
    yield* pdevfreq.lock.lockIrqsave();
    yield* drv.devfreq.updateUtilization(pdevfreq);
    const { busyTime, idleTime } = pdevfreq;
    yield* drv.devfreq.reset(pdevfreq);
    yield* pdevfreq.lock.unlockIrqrestore();
    return { totalTime: busyTime + idleTime, busyTime, currentFrequency };
  },

  /** panthor_devfreq_init(). */
  *init(ptdev: PanthorDevice): Kernel<number> {
    const { linux } = drv;
    if (linux.memory.failsNow()) return -ENOMEM;
    const pdevfreq: PanthorDevfreq = {
      devfreq: null,
      govData: { upthreshold: 45, downdifferential: 5 },
      busyTime: 0,
      idleTime: 0,
      timeLastUpdate: 0,
      lastBusyState: false,
      lock: new SpinLock(linux.m, "panthor_devfreq.lock"),
    };
    ptdev.devfreq = pdevfreq;
    let ret = yield* drv.devfreq.initOpps(ptdev);
    if (ret !== 0) return ret;
    yield* drv.devfreq.reset(pdevfreq);
    ret = yield* drv.devfreq.initSupplyAndOpp(ptdev);
    if (ret !== 0) return ret;
    ret = yield* drv.devfreq.addDevice(ptdev);
    if (ret !== 0) return ret;
    yield* ptdev.base.drmDevInfo("panthor_devfreq_init", "Failed to register cooling device");
    return 0;
  },

  /** panthor_devfreq_init(): devm_pm_opp_set_regulators(), devm_pm_opp_of_add_table(). */
  *initOpps(ptdev: PanthorDevice): Kernel<number> {
    const { base, pdev } = ptdev;
    const { m, memory } = drv.linux;
    // The configuration, the table, the device in it, and room for a regulator.
    const noMemory = anyFails(memory, 4);
    let ret = noMemory ? -ENOMEM : pdev.failures.take(m.rec, "opp_regulators");
    // A missing regulator is reported by the OPP core and not fatal.
    yield* base.errProbe(ret || -ENODEV, "_opp_set_regulators: no regulator (mali) found");
    if (ret !== 0 && ret !== -ENODEV) {
      if (ret !== -EPROBE_DEFER) yield* drv.devfreq.initError(ptdev, "Couldn't set OPP regulators");
      return ret;
    }
    ret = pdev.failures.take(m.rec, "opp_table");
    if (ret !== 0) return ret;
    if (pdev.opps.length === 0) return -ENODEV;
    // Each point, and the action that removes them.
    return anyFails(memory, pdev.opps.length + 1) ? -ENOMEM : 0;
  },

  /** panthor_devfreq_init(): the second supply, and the operating point to begin with. */
  *initSupplyAndOpp(ptdev: PanthorDevice): Kernel<number> {
    const { base, clks, pdev } = ptdev;
    const { m, memory } = drv.linux;
    const fails = (step: ProbeStep): number => pdev.failures.take(m.rec, step);
    // Where there is no sram supply, its devres is freed again.
    let ret = memory.failsNow() ? -ENOMEM : fails("sram_supply");
    if (ret !== 0 && ret !== -ENODEV) {
      if (ret !== -EPROBE_DEFER) {
        yield* drv.devfreq.initError(ptdev, "Couldn't retrieve/enable sram supply");
      }
      return ret;
    }
    const initialFreq =
      fails("recommended_opp") || drv.devfreq.recommendedOpp(ptdev, clks.core!.rate, false);
    if (initialFreq < 0) return initialFreq;
    ret = fails("set_opp");
    if (ret !== 0) {
      yield* base.devErr(`_opp_config_clk_single: failed to set clock rate: ${ret}`);
      yield* drv.devfreq.initError(ptdev, "Couldn't set recommended OPP");
      return ret;
    }
    // dev_pm_opp_set_opp(): the clock may come at a rate that is no operating point.
    if (clks.core!.rate !== initialFreq) yield* clks.core!.setRate(initialFreq);
    ret = fails("fastest_opp");
    if (ret !== 0) return ret;
    ptdev.fastRate = pdev.opps[pdev.opps.length - 1];
    return 0;
  },

  /** DRM_DEV_ERROR() of panthor_devfreq_init(). */
  initError(ptdev: PanthorDevice, text: string): Atomic<void> {
    return ptdev.base.drmDevError("panthor_devfreq_init", text);
  },

  /** devm_devfreq_add_device(). */
  *addDevice(ptdev: PanthorDevice): Kernel<number> {
    const { base, clks, devfreq: pdevfreq, pdev } = ptdev;
    const { linux } = drv;
    // Its devres, the device, the table of frequencies, the name.
    if (anyFails(linux.memory, 4)) {
      yield* drv.devfreq.initError(ptdev, "Couldn't initialize GPU devfreq");
      return -ENOMEM;
    }
    const initialFreq = clks.core!.rate;
    const profile: DevfreqProfile = {
      pollingMs,
      initialFreq,
      freqTable: pdev.opps,
      target: (freq, lub) => drv.devfreq.target(ptdev, freq, lub),
      getDevStatus: () => drv.devfreq.getDevStatus(ptdev),
      getCurFreq: () => clks.core!.rate,
    };
    const devfreq = new Devfreq(linux, drv.devfreq.devfreqWq, profile, pdevfreq.govData);
    // device_register() of the devfreq device reads the clock (entropy).
    yield* linux.time.ktimeGet();
    // Both tables of the statistics, the constraints of PM QoS.
    const noMemory = anyFails(linux.memory, 3);
    const ret = noMemory ? -ENOMEM : pdev.failures.take(linux.m.rec, "devfreq_governor");
    if (ret !== 0) {
      if (!noMemory) {
        yield* base.devErr("devfreq_add_device: Unable to find governor for the device");
      }
      // devfreq_remove_device(): srcu_cleanup_notifier_head() in devfreq_dev_release().
      yield* linux.rcu.synchronizeRcu();
      yield* drv.devfreq.initError(ptdev, "Couldn't initialize GPU devfreq");
      return ret;
    }
    yield* devfreq.start();
    pdevfreq.devfreq = devfreq;
    const { devfreqs } = linux.sleep;
    devfreqs.push(devfreq);
    ptdev.devm.push(function* (): Kernel<void> {
      devfreqs.splice(devfreqs.indexOf(devfreq), 1);
      yield* devfreq.stop();
      // srcu_cleanup_notifier_head() in devfreq_dev_release().
      yield* linux.rcu.synchronizeRcu();
    });
    return 0;
  },

  /** panthor_devfreq_resume(). */
  *resume(ptdev: PanthorDevice): Kernel<void> {
    const { base, devfreq: pdevfreq } = ptdev;
    if (pdevfreq.devfreq === null) return;
    yield* drv.devfreq.reset(pdevfreq);
    const ret = yield* pdevfreq.devfreq.resumeDevice();
    base.warnOn(ret !== 0, "devfreq_resume_device(pdevfreq->devfreq)");
  },

  /** panthor_devfreq_suspend(). */
  *suspend(ptdev: PanthorDevice): Kernel<void> {
    const { base, devfreq: pdevfreq } = ptdev;
    if (pdevfreq.devfreq === null) return;
    const ret = yield* pdevfreq.devfreq.suspendDevice();
    base.warnOn(ret !== 0, "devfreq_suspend_device(pdevfreq->devfreq)");
  },

  /** panthor_devfreq_record_busy() and _idle(). */
  *record(ptdev: PanthorDevice, busy: boolean): Atomic<void> {
    const pdevfreq = ptdev.devfreq;
    if (pdevfreq.devfreq === null) return;
    yield* pdevfreq.lock.lockIrqsave();
    yield* drv.devfreq.updateUtilization(pdevfreq);
    pdevfreq.lastBusyState = busy;
    yield* pdevfreq.lock.unlockIrqrestore();
  },

  /** panthor_devfreq_record_busy(). */
  recordBusy(ptdev: PanthorDevice): Atomic<void> {
    return drv.devfreq.record(ptdev, true);
  },

  /** panthor_devfreq_record_idle(). */
  recordIdle(ptdev: PanthorDevice): Atomic<void> {
    return drv.devfreq.record(ptdev, false);
  },

  /** panthor_devfreq_get_freq(). */
  getFreq(ptdev: PanthorDevice): number {
    return ptdev.devfreq.devfreq === null ? 0 : ptdev.clks.core!.rate;
  },
});
