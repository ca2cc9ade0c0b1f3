// Operations of the device unit (panthor_device.c, panthor_device.h).

import type { Driver } from "../driver.ts";
import { exceptionIsFault, exceptionName } from "./exception.ts";
import { initOps } from "./init.ts";
import { irqOps } from "./irq.ts";
import { mmapOps } from "./mmap.ts";
import { pmOps } from "./pm.ts";
import { resetOps } from "./reset.ts";

export const deviceOps = (drv: Driver) => ({
  ...irqOps(drv),
  ...initOps(drv),
  ...pmOps(drv),
  ...resetOps(drv),
  ...mmapOps(drv),
  exceptionName,
  exceptionIsFault,
});
