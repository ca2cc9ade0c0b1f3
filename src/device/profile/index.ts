// Profiles by name.

import { hostClock } from "./host-clock.ts";
import { maliG1, maliG715, maliG720, maliG925 } from "./later-parts.ts";
import { rk3588 } from "./rk3588.ts";
import type { Profile } from "./types.ts";
import { zeroCost, zeroCostLockEvents, zeroCostMmio, zeroCostSlowFw } from "./zero-cost.ts";

export * from "./types.ts";
export { maliG1, maliG715, maliG720, maliG925 };
export { hostClock, rk3588, zeroCost, zeroCostLockEvents, zeroCostMmio, zeroCostSlowFw };

export const profiles: Readonly<Record<string, Profile>> = {
  [zeroCost.name]: zeroCost,
  [zeroCostSlowFw.name]: zeroCostSlowFw,
  [zeroCostMmio.name]: zeroCostMmio,
  [zeroCostLockEvents.name]: zeroCostLockEvents,
  [hostClock.name]: hostClock,
  [rk3588.name]: rk3588,
  [maliG715.name]: maliG715,
  [maliG720.name]: maliG720,
  [maliG925.name]: maliG925,
  [maliG1.name]: maliG1,
};
