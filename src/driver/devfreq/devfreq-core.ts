// The devfreq core, as far as a device with a table of operating points uses it.
// Kernel: drivers/devfreq/devfreq.c (7.3). Its sysfs attributes are in sysfs.ts. Left out: transition
// statistics, notifiers, a frequency for suspend, deferrable timers.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Linux } from "../../machine/linux.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { DelayedWork } from "../../machine/workqueue/work.ts";
import type { Workqueue } from "../../machine/workqueue/workqueue.ts";
import { type Governor, governors } from "./governors.ts";

/** struct devfreq_dev_status. */
export interface DevfreqStatus {
  totalTime: number;
  busyTime: number;
  currentFrequency: number;
}

/** struct devfreq_dev_profile; the monitor uses a delayed work (DEVFREQ_TIMER_DELAYED). */
export interface DevfreqProfile {
  readonly pollingMs: number;
  readonly initialFreq: number;
  /** Operating points, Hz, ascending. */
  readonly freqTable: readonly number[];
  /** Sets the operating point for `freq`: its frequency, or a negative errno. */
  readonly target: (freq: number, leastUpperBound: boolean) => Kernel<number>;
  readonly getDevStatus: () => Kernel<DevfreqStatus>;
  readonly getCurFreq: () => number;
}

/** struct devfreq_simple_ondemand_data. */
export interface SimpleOndemandData {
  readonly upthreshold: number;
  readonly downdifferential: number;
}

/** struct devfreq. */
export class Devfreq {
  readonly lock: Mutex;
  readonly work: DelayedWork;
  governorName = "simple_ondemand";
  /** profile->polling_ms, which users change. */
  pollingMs: number;
  previousFreq: number;
  stopPolling = false;
  /** What users ask of PM QoS, kHz. */
  readonly user = { minKhz: 0, maxKhz: Infinity };
  /** governor_data of the userspace governor: the frequency it was given. */
  userFrequency: number | null = null;
  private suspendCount = 0;

  constructor(
    private readonly linux: Linux,
    /** devfreq_wq. */
    private readonly wq: Workqueue,
    readonly profile: DevfreqProfile,
    readonly data: SimpleOndemandData,
  ) {
    this.lock = new Mutex(linux.m, "devfreq.lock");
    this.work = new DelayedWork("devfreq_monitor", () => this.monitor());
    this.pollingMs = profile.pollingMs;
    this.previousFreq = profile.initialFreq;
  }

  get governor(): Governor {
    return governors[this.governorName];
  }

  /** The end of devfreq_add_device(): DEVFREQ_GOV_START. */
  *start(): Kernel<number> {
    return yield* this.governor.start?.(this) ?? zero();
  }

  /** devfreq_dev_release(): DEVFREQ_GOV_STOP. */
  *stop(): Kernel<void> {
    if (this.governor.stop !== undefined) yield* this.governor.stop(this);
  }

  /** devfreq_suspend_device(). */
  *suspendDevice(): Kernel<number> {
    if (++this.suspendCount > 1) return 0;
    if (this.governor.suspend !== undefined) yield* this.governor.suspend(this);
    return 0;
  }

  /** devfreq_resume_device(). Devices start resumed with a count of 0, hence `>= 1`. */
  *resumeDevice(): Kernel<number> {
    if (--this.suspendCount >= 1) return 0;
    if (this.governor.resume !== undefined) yield* this.governor.resume(this);
    return 0;
  }

  // --- the load monitor -----------------------------------------------------------------------

  /** devfreq_monitor(). */
  private *monitor(): Kernel<void> {
    yield* this.lock.lock();
    const err = yield* this.updateDevfreq();
    if (err !== 0) this.linux.m.rec.log("err", `dvfs failed with (${err}) error`);
    if (!this.stopPolling) yield* this.queue();
    yield* this.lock.unlock();
  }

  private *queue(): Kernel<void> {
    const delay = this.linux.time.msecsToJiffies(this.pollingMs);
    yield* this.wq.queueDelayedWork(this.work, delay);
  }

  /** devfreq_monitor_start(). */
  *monitorStart(): Kernel<number> {
    yield* this.lock.lock();
    if (!this.work.pending && this.pollingMs !== 0) yield* this.queue();
    this.stopPolling = false;
    yield* this.lock.unlock();
    return 0;
  }

  /** devfreq_monitor_stop(). */
  *monitorStop(): Kernel<void> {
    yield* this.lock.lock();
    const stopped = this.stopPolling;
    this.stopPolling = true;
    yield* this.lock.unlock();
    if (!stopped) yield* this.linux.wq.cancelDelayedWorkSync(this.work);
  }

  /** devfreq_monitor_suspend(). */
  monitorSuspend(): Kernel<void> {
    return this.monitorStop();
  }

  /** devfreq_monitor_resume(). */
  *monitorResume(): Kernel<void> {
    yield* this.lock.lock();
    if (this.stopPolling) {
      if (!this.work.pending && this.pollingMs !== 0) yield* this.queue();
      this.stopPolling = false;
      this.previousFreq = this.profile.getCurFreq();
    }
    yield* this.lock.unlock();
  }

  /** devfreq_update_interval(). */
  *updateInterval(ms: number): Kernel<void> {
    yield* this.lock.lock();
    const old = this.pollingMs;
    this.pollingMs = ms;
    if (!this.stopPolling && ms === 0) {
      yield* this.lock.unlock();
      yield* this.linux.wq.cancelDelayedWorkSync(this.work);
      return;
    }
    if (!this.stopPolling && old === 0) yield* this.queue();
    else if (!this.stopPolling && old > ms) {
      yield* this.lock.unlock();
      yield* this.linux.wq.cancelDelayedWorkSync(this.work);
      yield* this.lock.lock();
      if (!this.stopPolling) yield* this.queue();
    }
    yield* this.lock.unlock();
  }

  // --- the frequency --------------------------------------------------------------------------

  /** devfreq_get_freq_range(). */
  freqRange(): readonly [number, number] {
    const { freqTable } = this.profile;
    const lowest = freqTable[0];
    const highest = freqTable[freqTable.length - 1];
    const wantedMin = Math.max(lowest, this.user.minKhz * 1000);
    const wantedMax = Math.min(highest, this.user.maxKhz * 1000);
    const max = Math.min(Math.max(wantedMax, lowest), highest);
    const min = Math.min(Math.max(wantedMin, lowest), max);
    return [min, max];
  }

  /** update_devfreq(): asks the governor, clamps, sets; with the lock held. */
  *updateDevfreq(): Kernel<number> {
    let freq = yield* this.governor.targetFreq(this);
    if (freq < 0) return freq;
    const [min, max] = this.freqRange();
    const leastUpperBound = freq > max;
    freq = Math.min(Math.max(freq, min), max);
    const set = yield* this.profile.target(freq, leastUpperBound);
    if (set < 0) return set;
    this.previousFreq = set;
    return 0;
  }

  /** governor_store(), with devfreq_list_lock held: the new one starts where the old one stops. */
  *setGovernor(name: string): Kernel<number> {
    if (!Object.hasOwn(governors, name)) return -EINVAL;
    if (name === this.governorName) return 0;
    const previous = this.governorName;
    yield* this.stop();
    this.governorName = name;
    const ret = yield* this.start();
    if (ret === 0) return 0;
    this.linux.m.rec.log("warn", `governor_store: Governor ${name} not started(${ret})`);
    this.governorName = previous;
    return yield* this.start();
  }
}

function* zero(): Kernel<number> {
  return 0;
}
