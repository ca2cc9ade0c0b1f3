// Operations of the GPU control unit (panthor_gpu.c).

import type { Driver } from "../driver.ts";
import { gpuIrqOps } from "./irq.ts";
import { gpuPowerOps } from "./power.ts";
import { gpuRequestOps } from "./requests.ts";

export const gpuOps = (drv: Driver) => ({
  ...gpuIrqOps(drv),
  ...gpuPowerOps(drv),
  ...gpuRequestOps(drv),
});
