// Whether patches replace operations that the driver has. TypeScript says so for patches that it
// compiles; a module that is plain JavaScript would have a misspelled operation ignored.

import { type Driver, type Overlay, type UnitName, unitNames } from "../driver/driver.ts";
import { nearest } from "../trace/suggest.ts";

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
