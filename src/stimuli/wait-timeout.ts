// The timeout of a wait, from the timer that it sets up.

import type { Call } from "./facts.ts";
import { markNumber } from "./mark.ts";
import type { Notes } from "./notes.ts";

const usualNs = 10_000_000_000;
/** The longest timeout that a trace can hold, for waits without end. */
const longestJiffies = 0x3fff_ffff;

/** ns. The kernel rounds up to a jiffy, so every value within that jiffy does the same. */
export function waitTimeout(call: Call, hz: number, notes: Notes): number {
  for (const args of call.before) {
    const given = markNumber(args, "timeout_ns");
    if (given !== null && given > 0 && given < longestJiffies * 1e6) return given;
  }
  if (call.timeout === null) {
    notes.guess("timeouts of waits that never slept", 1, "they return before it could matter");
    return usualNs;
  }
  return Math.round((Math.min(call.timeout, longestJiffies) * 1e9) / hz);
}
