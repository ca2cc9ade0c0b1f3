// The timeout of a wait, from the timer that it sets up.

import type { Call } from "./facts.ts";
import { markNumber } from "./mark.ts";
import type { Notes } from "./notes.ts";

const usualNs = 10_000_000_000;
/** For waits without end. */
const longestNs = 1_000_000_000_000;

/** ns; 0 for a wait that only looks. The kernel rounds up to a jiffy. */
export function waitTimeout(call: Call, hz: number, notes: Notes): number {
  for (const args of call.before) {
    // Absolute, on the clock of the recording; of no use where that is another one.
    const until = markNumber(args, "until_ns");
    if (until === null) continue;
    if (until <= 0) return 0;
    const left = until - call.beginNs;
    if (left > 0 && left < longestNs) return Math.ceil(left / 1e6) * 1e6;
    if (left >= longestNs) return longestNs;
  }
  if (call.timeout === null) {
    notes.guess("timeouts of waits that never slept", 1, "they return before it could matter");
    return usualNs;
  }
  return Math.min(Math.round((call.timeout * 1e9) / hz), longestNs);
}
