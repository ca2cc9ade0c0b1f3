// Operations of the power control unit (panthor_pwr.c), architecture 14 only.

import type { Driver } from "../driver.ts";
import { pwrDomainOps } from "./domains.ts";
import { pwrBlockOps } from "./block.ts";

export const pwrOps = (drv: Driver) => ({
  ...pwrBlockOps(drv),
  ...pwrDomainOps(drv),
});
