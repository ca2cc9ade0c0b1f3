// The operations of the driver by unit, as a built driver has them.

import * as Effect from "effect/Effect";
import type { Profile } from "../device/profile/types.ts";
import { unitNames } from "../driver/driver.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import { Recorder } from "../timeline/recorder.ts";
import { makeSystem } from "./system.ts";

/** Names of the base driver's operations. */
export function operationsOf(profile: Profile): Record<string, string[]> {
  const { driver } = makeSystem({
    profile,
    revision: Effect.runSync(parseRevision("linux-7.3", catalog)),
    cpus: 1,
    hz: 250,
    startNs: 0,
    recorder: new Recorder(),
    threadirqs: false,
    lockdep: true,
    dmaCoherent: false,
    swapPages: 0,
    hugePages: false,
    contiguous: false,
  });
  return Object.fromEntries(unitNames.map((unit) => [unit, Object.keys(driver[unit])]));
}
