// What must hold when the last program has returned: nothing locked, nothing leaked.

import type { Linux } from "../machine/linux.ts";
import { leakedLocks } from "../machine/report/deadlock.ts";
import type { DriverSyscalls } from "./user-kernel.ts";

/** Writes a warning into the kernel log for each thing that is left over. */
export function endOfRunChecks(linux: Linux, _syscalls: DriverSyscalls): void {
  const { rec } = linux;
  for (const lock of leakedLocks(linux.m)) rec.log("warn", lock);
}
