// The unchanged driver, for questions about what it consists of.

import { type Profile, zeroCost } from "../device/profile/index.ts";
import type { Driver } from "../driver/driver.ts";
import { linux73 } from "../revision/series.ts";
import { Recorder } from "../timeline/recorder.ts";
import { makeSystem } from "./system.ts";

/** The driver of Linux 7.3 on a machine of its own. */
export function baseDriver(profile: Profile = zeroCost): Driver {
  return makeSystem({
    profile,
    revision: { id: linux73.id, base: linux73, series: null, patches: [] },
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
  }).driver;
}
