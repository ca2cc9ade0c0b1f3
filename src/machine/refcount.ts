// Misuse of a refcount_t: lib/refcount.c. Counters themselves are plain numbers of their users.

import type { Machine } from "./core/machine.ts";
import { warnOnce } from "./warn-once.ts";

/**
 * refcount_dec_not_one() and refcount_dec_and_test() on a counter of 0. It stays what it is; the
 * second one saturates it in Linux, so that it never comes to 0 again.
 */
export function refcountUnderflow(m: Machine): void {
  warnOnce(m, "refcount_t: underflow; use-after-free.");
}
