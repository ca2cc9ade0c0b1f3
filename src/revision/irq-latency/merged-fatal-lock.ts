// `panthor_group::fatal_lock` was initialised and never taken.
// Kernel: panthor_sched.c, merged as de16b489aa46; not in v3.

import { overlay, patch } from "../patch.ts";

export const fatalLock = patch({
  id: "irq-latency/fatal-lock",
  title: "Drop panthor_group::fatal_lock",
  source: "de16b489aa46; new after v3",
  observable: "nothing: the lock was never taken",
  overlay: overlay(() => ({})),
});
