// Operations of the MMU unit (panthor_mmu.c).

import type { Driver } from "../driver.ts";
import { activeOps } from "./active.ts";
import { asOps } from "./as.ts";
import { bindJobOps } from "./bind-job.ts";
import { debugfsOps } from "./debugfs.ts";
import { evictOps } from "./evict.ts";
import { execOpOps } from "./exec-op.ts";
import { faultOps } from "./fault.ts";
import { opCtxOps } from "./op-ctx.ts";
import { pagesOps } from "./pages.ts";
import { poolOps } from "./pool.ts";
import { powerOps } from "./power.ts";
import { regionOps } from "./region.ts";
import { stepsOps } from "./steps.ts";
import { vaOps } from "./va.ts";
import { vmOps } from "./vm.ts";

export const mmuOps = (drv: Driver) => ({
  ...activeOps(drv),
  ...asOps(drv),
  ...bindJobOps(drv),
  ...debugfsOps(drv),
  ...evictOps(drv),
  ...execOpOps(drv),
  ...faultOps(drv),
  ...opCtxOps(drv),
  ...pagesOps(drv),
  ...poolOps(drv),
  ...powerOps(drv),
  ...regionOps(drv),
  ...stepsOps(drv),
  ...vaOps(drv),
  ...vmOps(drv),
});
