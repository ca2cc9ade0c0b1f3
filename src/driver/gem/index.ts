// Operations of the GEM unit (panthor_gem.c).

import type { Driver } from "../driver.ts";
import { backingOps } from "./backing.ts";
import { debugfsOps } from "./debugfs.ts";
import { kernelBoOps } from "./kernel-bo.ts";
import { mmapOps } from "./mmap.ts";
import { objectOps } from "./object.ts";
import { primeOps } from "./prime.ts";
import { reclaimStateOps } from "./reclaim-state.ts";
import { shrinkerOps } from "./shrinker.ts";

export const gemOps = (drv: Driver) => ({
  ...backingOps(drv),
  ...debugfsOps(drv),
  ...kernelBoOps(drv),
  ...mmapOps(drv),
  ...objectOps(drv),
  ...primeOps(drv),
  ...reclaimStateOps(drv),
  ...shrinkerOps(drv),
});
