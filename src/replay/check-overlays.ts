// Whether patches replace operations that the driver has. TypeScript says so for patches that it
// compiles; a module that is plain JavaScript would have a misspelled operation ignored.

import { zeroCost } from "../device/profile/index.ts";
import { type Driver, type Overlay, type UnitName, unitNames } from "../driver/driver.ts";
import { linux73 } from "../revision/series.ts";
import { Recorder } from "../timeline/recorder.ts";
import { nearest } from "../trace/suggest.ts";
import { makeSystem } from "./system.ts";

/** The driver of Linux 7.3 on a machine of its own. */
export function baseDriver(): Driver {
  return makeSystem({
    profile: zeroCost,
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

/** What is wrong with the operations of an overlay on `driver`, null for nothing. */
export function overlayProblem(driver: Driver, overlay: Overlay): string | null {
  const replaced: unknown = overlay(() => driver, { ...driver });
  if (typeof replaced !== "object" || replaced === null) {
    return "its operations are no object of units";
  }
  for (const [unit, operations] of Object.entries(replaced)) {
    if (!unitNames.includes(unit as UnitName)) return noSuch(`unit ${unit}`, unit, unitNames);
    const known = driver[unit as UnitName] as unknown as Readonly<Record<string, unknown>>;
    for (const [name, operation] of Object.entries(operations as object)) {
      const what = `operation ${unit}.${name}`;
      if (!Object.hasOwn(known, name)) return noSuch(what, name, Object.keys(known));
      if (typeof operation !== "function") return `${what} is no function`;
    }
  }
  return null;
}

function noSuch(what: string, name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return `the driver has no ${what}${near === undefined ? "" : `; did you mean ${near}?`}`;
}
