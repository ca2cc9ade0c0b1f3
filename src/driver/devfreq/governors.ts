// The governors that a user can choose. Kernel: drivers/devfreq/governor_{simpleondemand,performance,
// powersave,userspace}.c.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL } from "../../machine/errno.ts";
import type { Devfreq } from "./devfreq-core.ts";

/** struct devfreq_governor: its frequency, and its answers to events. Nothing: no answer. */
export interface Governor {
  /** The wanted frequency or a negative errno; with the device's lock held. */
  readonly targetFreq: (df: Devfreq) => Kernel<number>;
  readonly start?: (df: Devfreq) => Kernel<number>;
  readonly stop?: (df: Devfreq) => Kernel<void>;
  readonly suspend?: (df: Devfreq) => Kernel<void>;
  readonly resume?: (df: Devfreq) => Kernel<void>;
  readonly updateInterval?: (df: Devfreq, ms: number) => Kernel<void>;
}

/** DEVFREQ_MAX_FREQ. */
const maxFreq = Infinity;
/** Above this the governor scales its sums down. */
const scaleAbove = 1 << 24;

/** devfreq_simple_ondemand_func(). */
function* simpleOndemand(df: Devfreq): Kernel<number> {
  const stat = yield* df.profile.getDevStatus();
  const { upthreshold: up, downdifferential: down } = df.data;
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

/** DEVFREQ_GOV_START of performance and powersave: the frequency is set at once. */
function* updateNow(df: Devfreq): Kernel<number> {
  yield* df.lock.lock();
  const ret = yield* df.updateDevfreq();
  yield* df.lock.unlock();
  return ret;
}

export const governors: Readonly<Record<string, Governor>> = {
  simple_ondemand: {
    targetFreq: simpleOndemand,
    start: (df) => df.monitorStart(),
    stop: (df) => df.monitorStop(),
    suspend: (df) => df.monitorSuspend(),
    resume: (df) => df.monitorResume(),
    updateInterval: (df, ms) => df.updateInterval(ms),
  },
  performance: {
    *targetFreq() {
      return maxFreq;
    },
    start: updateNow,
  },
  powersave: {
    *targetFreq() {
      return 0;
    },
    start: updateNow,
  },
  userspace: {
    *targetFreq(df) {
      return df.userFrequency ?? df.previousFreq;
    },
    *start(df) {
      df.userFrequency = null;
      return 0;
    },
    *stop(df) {
      df.userFrequency = null;
    },
  },
};
