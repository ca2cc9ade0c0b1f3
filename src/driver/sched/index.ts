// Operations of the scheduler unit (panthor_sched.c, panthor_sched.h).

import type { Driver } from "../driver.ts";
import { bindOps } from "./bind.ts";
import { completionOps } from "./completion.ts";
import { csSlotOps } from "./cs-slot.ts";
import { csgSlotOps } from "./csg-slot.ts";
import { eventOps } from "./events.ts";
import { faultOps } from "./faults.ts";
import { groupOps } from "./group.ts";
import { initOps } from "./init.ts";
import { instrOps } from "./instrs.ts";
import { jobOps } from "./job.ts";
import { poolOps } from "./pool.ts";
import { queueOps } from "./queue.ts";
import { queueTimeoutOps } from "./queue-timeout.ts";
import { refOps } from "./refs.ts";
import { resetOps } from "./reset.ts";
import { runJobOps } from "./run-job.ts";
import { slotUpdateOps } from "./slot-update.ts";
import { statsOps } from "./stats.ts";
import { suspendOps } from "./suspend.ts";
import { syncWaitOps } from "./sync-wait.ts";
import { tickApplyOps } from "./tick-apply.ts";
import { tickContextOps } from "./tick-context.ts";
import { tickOps } from "./tick.ts";
import { tilerOomOps } from "./tiler-oom.ts";

export const schedOps = (drv: Driver) => ({
  ...refOps(drv),
  ...bindOps(drv),
  ...csSlotOps(drv),
  ...csgSlotOps(drv),
  ...slotUpdateOps(drv),
  ...tickContextOps(drv),
  ...tickApplyOps(drv),
  ...tickOps(drv),
  ...eventOps(drv),
  ...faultOps(drv),
  ...tilerOomOps(drv),
  ...syncWaitOps(drv),
  ...completionOps(drv),
  ...queueTimeoutOps(drv),
  ...instrOps(drv),
  ...runJobOps(drv),
  ...jobOps(drv),
  ...queueOps(drv),
  ...groupOps(drv),
  ...poolOps(drv),
  ...statsOps(drv),
  ...suspendOps(drv),
  ...resetOps(drv),
  ...initOps(drv),
});
