// /sys/class/devfreq/<device>/: what users read and write. Kernel: drivers/devfreq/devfreq.c,
// governor_userspace.c (set_freq), and PM QoS between an attribute and the core: a limit that does
// not change the result tells nobody. Left out, as the driver takes no part in them: `timer` (which of
// the workqueue's two timers the core uses), `trans_stat` (the core's own statistics, in jiffies) and
// `available_frequencies`.

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOENT } from "../../machine/errno.ts";
import type { Linux } from "../../machine/linux.ts";
import type { Devfreq } from "./devfreq-core.ts";

export const devfreqAttributes = [
  "governor",
  "min_freq",
  "max_freq",
  "set_freq",
  "polling_interval",
  "cur_freq",
  "target_freq",
] as const;
export type DevfreqAttribute = (typeof devfreqAttributes)[number];

export function isDevfreqAttribute(name: string): name is DevfreqAttribute {
  return (devfreqAttributes as readonly string[]).includes(name);
}

/** DEVFREQ_NAME_LEN. */
const nameLength = 16;
const khz = 1000;

/** A write to an attribute: 0 or a negative errno. */
export function* devfreqStore(
  linux: Linux,
  df: Devfreq,
  attribute: DevfreqAttribute,
  text: string,
): Kernel<number> {
  const value = /^\d+$/.test(text) ? Number(text) : -1;
  switch (attribute) {
    case "governor":
      return yield* locked(linux, () => df.setGovernor(text.slice(0, nameLength)));
    case "polling_interval":
      return yield* locked(linux, () => storeInterval(df, value));
    case "min_freq":
      return value < 0 ? -EINVAL : yield* setLimit(linux, df, { minKhz: Math.floor(value / khz) });
    case "max_freq": {
      const maxKhz = value === 0 ? Infinity : Math.ceil(value / khz);
      return value < 0 ? -EINVAL : yield* setLimit(linux, df, { maxKhz });
    }
    case "set_freq":
      return value < 0 ? -EINVAL : yield* setFreq(df, value);
    default:
      // 0444.
      return -EINVAL;
  }
}

/** devfreq_list_lock. */
function* locked(linux: Linux, fn: () => Kernel<number>): Kernel<number> {
  const { devfreqLock } = linux.sleep;
  yield* devfreqLock.lock();
  const ret = yield* fn();
  yield* devfreqLock.unlock();
  return ret;
}

/** polling_interval_store(): only governors that poll have one. */
function* storeInterval(df: Devfreq, ms: number): Kernel<number> {
  const { updateInterval } = df.governor;
  if (updateInterval === undefined || ms < 0) return -EINVAL;
  yield* updateInterval(df, ms);
  return 0;
}

/** dev_pm_qos_update_request(), qos_notifier_call(). */
function* setLimit(
  linux: Linux,
  df: Devfreq,
  limit: { readonly minKhz?: number; readonly maxKhz?: number },
): Kernel<number> {
  const { user } = df;
  const { minKhz = user.minKhz, maxKhz = user.maxKhz } = limit;
  if (minKhz === user.minKhz && maxKhz === user.maxKhz) return 0;
  user.minKhz = minKhz;
  user.maxKhz = maxKhz;
  yield* df.lock.lock();
  const err = yield* df.updateDevfreq();
  yield* df.lock.unlock();
  if (err !== 0) linux.m.rec.log("err", `failed to update frequency from PM QoS (${err})`);
  return 0;
}

/** set_freq_store(): the file is there while the userspace governor is. */
function* setFreq(df: Devfreq, hz: number): Kernel<number> {
  if (df.governorName !== "userspace") return -ENOENT;
  yield* df.lock.lock();
  df.userFrequency = hz;
  const err = yield* df.updateDevfreq();
  yield* df.lock.unlock();
  return err;
}

/** A read of an attribute: its text or a negative errno. */
export function* devfreqShow(df: Devfreq, attribute: DevfreqAttribute): Kernel<string | number> {
  switch (attribute) {
    case "governor":
      return df.governorName;
    case "polling_interval":
      return df.governor.updateInterval === undefined ? -EINVAL : String(df.pollingMs);
    case "min_freq":
    case "max_freq": {
      yield* df.lock.lock();
      const [min, max] = df.freqRange();
      yield* df.lock.unlock();
      return String(attribute === "min_freq" ? min : max);
    }
    case "cur_freq":
      return String(df.profile.getCurFreq());
    case "target_freq":
      return String(df.previousFreq);
    case "set_freq":
      if (df.governorName !== "userspace") return -ENOENT;
      return df.userFrequency === null ? "undefined" : String(df.userFrequency);
  }
}
