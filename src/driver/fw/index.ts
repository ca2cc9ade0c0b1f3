// Operations of the firmware unit (panthor_fw.c, panthor_fw.h).

import type { Driver } from "../driver.ts";
import { fwBootOps } from "./boot.ts";
import { fwIfaceInitOps } from "./iface-init.ts";
import { fwImageOps } from "./image.ts";
import { fwInitOps } from "./init.ts";
import { fwMemOps } from "./mem.ts";
import { fwRequestOps } from "./requests.ts";
import { fwSectionOps } from "./sections.ts";

export const fwOps = (drv: Driver) => ({
  ...fwMemOps(drv),
  ...fwImageOps(drv),
  ...fwSectionOps(drv),
  ...fwIfaceInitOps(drv),
  ...fwRequestOps(drv),
  ...fwBootOps(drv),
  ...fwInitOps(drv),
});
