// The devfreq core with the simple-ondemand governor, as far as a device with a table of operating
// points uses it. Kernel: drivers/devfreq/{devfreq.c,governor_simpleondemand.c} (7.3).
// Left out: sysfs, QoS requests, other governors, transition statistics and notifiers.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Linux } from "../../machine/linux.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { DelayedWork } from "../../machine/workqueue/work.ts";
import type { Workqueue } from "../../machine/workqueue/workqueue.ts";

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
  readonly target: (freq: number, leastUpperBound: boolean) => Kernel<number>;
  readonly getDevStatus: () => Kernel<DevfreqStatus>;
  readonly getCurFreq: () => number;
}

/** struct devfreq_simple_ondemand_data. */
export interface SimpleOndemandData {
  readonly upthreshold: number;
  readonly downdifferential: number;
}

/** DEVFREQ_MAX_FREQ. */
const maxFreq = Infinity;
/** Above this the governor scales its sums down. */
const scaleAbove = 1 << 24;

/** struct devfreq. */
export class Devfreq {
  readonly lock: Mutex;
  readonly work: DelayedWork;
  previousFreq: number;
  stopPolling = false;
  private suspendCount = 0;

  constructor(
    private readonly linux: Linux,
    /** devfreq_wq. */
    private readonly wq: Workqueue,
    readonly profile: DevfreqProfile,
    private readonly data: SimpleOndemandData,
  ) {
    this.lock = new Mutex(linux.m, "devfreq.lock");
    this.work = new DelayedWork("devfreq_monitor", () => this.monitor());
    this.previousFreq = profile.initialFreq;
  }

  /** devfreq_monitor(). */
  private *monitor(): Kernel<void> {
    yield* this.lock.lock();
    const err = yield* this.updateDevfreq();
    if (err !== 0) this.linux.m.rec.log("err", `dvfs failed with (${err}) error`);
    if (!this.stopPolling) yield* this.queue();
    yield* this.lock.unlock();
  }

  private *queue(): Kernel<void> {
    const delay = this.linux.time.msecsToJiffies(this.profile.pollingMs);
    yield* this.wq.queueDelayedWork(this.work, delay);
  }

  /** devfreq_monitor_start(): DEVFREQ_GOV_START. */
  *start(): Kernel<void> {
    yield* this.lock.lock();
    if (!this.work.pending && this.profile.pollingMs !== 0) yield* this.queue();
    this.stopPolling = false;
    yield* this.lock.unlock();
  }

  /** devfreq_monitor_stop(): DEVFREQ_GOV_STOP. */
  *stop(): Kernel<void> {
    yield* this.stopMonitor();
  }

  private *stopMonitor(): Kernel<void> {
    yield* this.lock.lock();
    const stopped = this.stopPolling;
    this.stopPolling = true;
    yield* this.lock.unlock();
    if (!stopped) yield* this.linux.wq.cancelDelayedWorkSync(this.work);
  }

  /** devfreq_suspend_device(). */
  *suspendDevice(): Kernel<number> {
    if (++this.suspendCount > 1) return 0;
    yield* this.stopMonitor();
    return 0;
  }

  /** devfreq_resume_device(). Devices start resumed with a count of 0, hence `>= 1`. */
  *resumeDevice(): Kernel<number> {
    if (--this.suspendCount >= 1) return 0;
    yield* this.lock.lock();
    if (this.stopPolling) {
      if (!this.work.pending && this.profile.pollingMs !== 0) yield* this.queue();
      this.stopPolling = false;
      this.previousFreq = this.profile.getCurFreq();
    }
    yield* this.lock.unlock();
    return 0;
  }

  /** update_devfreq(): asks the governor, clamps, sets. */
  *updateDevfreq(): Kernel<number> {
    const { freqTable, target } = this.profile;
    let freq = yield* this.simpleOndemand();
    if (freq < 0) return freq;
    const min = freqTable[0];
    const max = freqTable[freqTable.length - 1];
    const leastUpperBound = freq > max;
    freq = Math.min(Math.max(freq, min), max);
    const err = yield* target(freq, leastUpperBound);
    if (err === 0) this.previousFreq = freq;
    return err;
  }

  /** devfreq_simple_ondemand_func(): the wanted frequency or a negative errno. */
  *simpleOndemand(): Kernel<number> {
    const stat = yield* this.profile.getDevStatus();
    const up = this.data.upthreshold;
    const down = this.data.downdifferential;
    if (up > 100 || up < down) return -EINVAL;
    if (stat.totalTime === 0) return maxFreq;
    let { busyTime, totalTime } = stat;
    if (busyTime >= scaleAbove || totalTime >= scaleAbove) {
      busyTime = Math.floor(busyTime / 128);
      totalTime = Math.floor(totalTime / 128);
    }
    if (busyTime * 100 > totalTime * up) return maxFreq;
    const current = stat.currentFrequency;
    if (current === 0) return maxFreq;
    if (busyTime * 100 > totalTime * (up - down)) return current;
    const load = Math.floor((busyTime * current) / totalTime);
    return Math.floor((load * 100) / (up - Math.floor(down / 2)));
  }
}
