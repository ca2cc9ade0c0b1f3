// Misuse of a refcount_t: lib/refcount.c. Counters themselves are plain numbers of their users.

import type { Machine } from "./core/machine.ts";
import { warnOnce } from "./warn-once.ts";

/** refcount_dec_not_one() and refcount_dec_and_test() on a counter of 0, which stays what it is. */
export function refcountUnderflow(m: Machine): void {
  warnOnce(m, "refcount_t: underflow; use-after-free.");
}
