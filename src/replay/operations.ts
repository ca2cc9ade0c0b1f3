// The operations of the driver by unit, as a built driver has them.

import type { Profile } from "../device/profile/types.ts";
import { unitNames } from "../driver/driver.ts";
import { baseDriver } from "./base-driver.ts";

/** Names of the base driver's operations. */
export function operationsOf(profile: Profile): Record<string, string[]> {
  const driver = baseDriver(profile);
  return Object.fromEntries(unitNames.map((unit) => [unit, Object.keys(driver[unit])]));
}
