// Operations of the driver's front end (panthor_drv.c): probe, files, ioctls.

import { done } from "../../machine/core/op.ts";
import { Devtmpfs } from "../../machine/devtmpfs.ts";
import { Work } from "../../machine/workqueue/work.ts";
import type { Driver } from "../driver.ts";
import { boIoctlOps } from "./bo-ioctls.ts";
import { coreIoctlOps } from "./core-ioctls.ts";
import { drmIoctlOps } from "./drm-ioctl.ts";
import { fdinfoOps } from "./fdinfo.ts";
import { fileOps } from "./file.ts";
import { groupIoctlOps } from "./group-ioctls.ts";
import { probeOps } from "./probe.ts";
import { queryOps } from "./query.ts";
import { submitCtxOps } from "./submit-ctx.ts";
import { DRIVER_MAJOR, DRIVER_MINOR } from "./uapi.ts";
import { vmIoctlOps } from "./vm-ioctls.ts";

export const drvOps = (drv: Driver) => ({
  /** panthor_cleanup_wq: releases that may not happen where the last reference goes. */
  cleanupWq: drv.linux.wq.alloc("panthor-cleanup", { unbound: true }),
  /** The driver core's part: device nodes, and devices whose probe was put off (none). */
  devtmpfs: new Devtmpfs(drv.linux.m, { dueNs: drv.linux.boot?.kdevtmpfsDueNs }),
  deferredProbeWork: new Work("deferred_probe_work_func", () => done()),
  /** Driver version as the kernel prints it. */
  version: (): string => `${DRIVER_MAJOR}.${DRIVER_MINOR}.0`,
  ...probeOps(drv),
  ...fileOps(drv),
  ...queryOps(drv),
  ...vmIoctlOps(drv),
  ...boIoctlOps(drv),
  ...groupIoctlOps(drv),
  ...submitCtxOps(drv),
  ...coreIoctlOps(drv),
  ...drmIoctlOps(drv),
  ...fdinfoOps(drv),
});
