// A reset does not expect any more that no group is runnable once the scheduler is suspended.
// Kernel: panthor_sched.c (panthor_sched_pre_reset), merged as ddf2cb3c9e65. The first of the three
// fixes of December 2025 dropped another warning, which the state before (7.3 in all but the MMU)
// does not have.

import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";

export const schedulerWarning = patch({
  id: "atomic-pt/merged-0008",
  title: "Relax a check in panthor_sched_pre_reset()",
  source: "ddf2cb3c9e65; B4 6/6",
  observable: "no warning when the reset is for an address space that could not be enabled",
  overlay: overlay((final) => ({ sched: asPorted(final, "sched", "suspend") })),
});

export const schedulerWarningOfFixes = patch({
  id: "atomic-pt/merged-0009",
  title: "Drop a warning of the scheduler",
  source: "C3 1/3 of 2025-12-03",
  observable: "nothing: the state before has no such warning",
  overlay: overlay(() => ({})),
});
