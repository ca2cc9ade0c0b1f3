// Two warnings of the scheduler that a reset at a bad moment could trip were dropped. The state before
// is 7.3 in all but the MMU and does not have them. Kernel: panthor_sched.c, merged as ddf2cb3c9e65
// and with the first of the three fixes of December 2025.

import * as Effect from "effect/Effect";
import { overlay, patch } from "../../patch.ts";

const nothing = "nothing: the state before has no such warning";

export const schedulerWarning = patch({
  id: "atomic-pt/merged-0008",
  title: "Relax a check in panthor_sched_pre_reset()",
  source: "ddf2cb3c9e65; B4 6/6",
  observable: nothing,
  overlay: Effect.succeed(overlay(() => ({}))),
});

export const schedulerWarningOfFixes = patch({
  id: "atomic-pt/merged-0009",
  title: "Drop a warning of the scheduler",
  source: "C3 1/3 of 2025-12-03",
  observable: nothing,
  overlay: Effect.succeed(overlay(() => ({}))),
});
