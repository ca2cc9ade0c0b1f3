// sched_resume_tick() put off a tick that was already queued to run at once. Kernel:
// panthor_sched.c before 6fec8b473497.

import { resumeTickPushback } from "../resume-tick-pushback.ts";
import { regression } from "./regression.ts";

export const immediateTickPushedBack = regression({
  id: "immediate-tick-pushed-back",
  title: "A submit puts off an immediate tick",
  fix: "6fec8b473497 drm/panthor: Don't overrule pending immediate ticks in sched_resume_tick()",
  effect: "what an event asked for at once happens up to a period later",
  trace: "corpus/fault-beside-submit",
  catches: [{ by: "difference", section: "fences", kind: "delayed", of: /later/ }],
  overlay: resumeTickPushback,
});
