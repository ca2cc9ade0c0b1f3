// Frequency scaling: utilization accounting and the devfreq profile. Kernel: panthor_devfreq.c.
// Operating points come from the platform; regulators and cooling devices do not exist here.

import type { Atomic, Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENODEV, ENOMEM, ERANGE } from "../../machine/errno.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
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
    const { base, clks, pdev } = ptdev;
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
    // A missing regulator is reported by the OPP core and not fatal.
    yield* base.devErr(`error -${ENODEV}: _opp_set_regulators: no regulator (mali) found`);
    if (pdev.opps.length === 0) return -ENODEV;
    yield* drv.devfreq.reset(pdevfreq);

    const initialFreq = drv.devfreq.recommendedOpp(ptdev, clks.core!.rate, false);
    if (initialFreq < 0) return -EINVAL;
    // dev_pm_opp_set_opp(): the clock may come at a rate that is no operating point.
    if (clks.core!.rate !== initialFreq) yield* clks.core!.setRate(initialFreq);
    ptdev.fastRate = pdev.opps[pdev.opps.length - 1];

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
    yield* base.drmDevInfo("panthor_devfreq_init", "Failed to register cooling device");
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
