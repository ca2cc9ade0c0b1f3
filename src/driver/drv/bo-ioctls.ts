// Buffer object ioctls. Kernel: panthor_drv.c (panthor_ioctl_bo_*).

import type { Kernel } from "../../machine/core/op.ts";
import { E2BIG, EINVAL, ENODEV, ENOENT, ENOMEM, EPERM } from "../../machine/errno.ts";
import { gemObjectLookup } from "../../machine/gpuvm/gem-object.ts";
import type { Driver } from "../driver.ts";
import { DRM_PANTHOR_BO_NO_MMAP, DRM_PANTHOR_BO_WB_MMAP } from "../gem/types.ts";
import type { PanthorGemObject } from "../gem/types.ts";
import type { PanthorVm } from "../mmu/types.ts";
import { userMmioOffset32, userMmioOffset64 } from "../device/mmap.ts";
import type { DrmFile } from "./types.ts";
import * as uapi from "./uapi.ts";
import { getUobjArray, uobj, uobjCount } from "./uobj.ts";

/** PANTHOR_BO_LABEL_MAXLEN, the terminator included. */
const labelMax = 4096;
const validBoFlags = DRM_PANTHOR_BO_NO_MMAP | DRM_PANTHOR_BO_WB_MMAP;

export const boIoctlOps = (drv: Driver) => ({
  /** drm_gem_object_lookup(). */
  lookup(file: DrmFile, handle: number): PanthorGemObject | null {
    return gemObjectLookup(file, handle) as PanthorGemObject | null;
  },

  /** panthor_ioctl_bo_create(). */
  *ioctlBoCreate(file: DrmFile, args: uapi.BoCreateArgs): Kernel<number> {
    const { base } = file.pfile.ptdev;
    if (!base.enter()) return -ENODEV;
    const ret = yield* drv.drv.boCreate(file, args);
    yield* base.exit();
    return ret;
  },

  /** The part of panthor_ioctl_bo_create() inside drm_dev_enter/exit. */
  *boCreate(file: DrmFile, args: uapi.BoCreateArgs): Kernel<number> {
    const { pfile } = file;
    const flags = args.flags ?? 0;
    if (args.size === 0 || args.pad || (flags & ~validBoFlags) !== 0) return -EINVAL;
    if ((flags & validBoFlags) === validBoFlags) return -EINVAL;
    let vm: PanthorVm | null = null;
    if (args.exclusiveVmId) {
      vm = drv.mmu.vmPoolGetVm(pfile.vms!, args.exclusiveVmId);
      if (vm === null) return -EINVAL;
    }
    const ret = yield* drv.gem.createWithHandle(file, pfile.ptdev, vm, args, flags);
    yield* drv.mmu.vmPut(vm);
    if (ret < 0) return ret;
    args.handle = ret;
    return 0;
  },

  /** panthor_ioctl_bo_mmap_offset(). */
  *ioctlBoMmapOffset(file: DrmFile, args: uapi.BoMmapOffsetArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    const bo = drv.drv.lookup(file, args.handle);
    if (bo === null) return -ENOENT;
    let ret = 0;
    if ((bo.flags & DRM_PANTHOR_BO_NO_MMAP) !== 0) ret = -EPERM;
    else {
      ret = bo.createMmapOffset();
      if (ret === 0) args.offset = bo.mmapOffset;
    }
    yield* bo.put();
    return ret;
  },

  /** panthor_ioctl_bo_set_label(). An empty label is not the same as none. */
  *ioctlBoSetLabel(file: DrmFile, args: uapi.BoSetLabelArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    const bo = drv.drv.lookup(file, args.handle);
    if (bo === null) return -ENOENT;
    const label = args.label ?? null;
    let ret = 0;
    if (typeof label === "number") ret = label;
    else if (label !== null && label.length >= labelMax) ret = -E2BIG;
    else if (label !== null && drv.linux.memory.failsNow()) ret = -ENOMEM;
    else yield* drv.gem.boSetLabel(bo, label);
    yield* bo.put();
    return ret;
  },

  /** panthor_ioctl_set_user_mmio_offset(). */
  *ioctlSetUserMmioOffset(file: DrmFile, args: uapi.SetUserMmioOffsetArgs): Kernel<number> {
    if (args.offset !== userMmioOffset32 && args.offset !== userMmioOffset64) return -EINVAL;
    file.pfile.userMmio.offset = args.offset;
    return 0;
  },

  /** panthor_ioctl_bo_sync(). */
  *ioctlBoSync(file: DrmFile, args: uapi.BoSyncArgs): Kernel<number> {
    if (uobjCount(args.ops) === 0) return 0;
    const ops = getUobjArray(args.ops, uobj.boSyncOp, drv.linux.memory);
    if (typeof ops === "number") return ops;
    for (const op of ops) {
      const bo = drv.drv.lookup(file, op.handle);
      if (bo === null) return -ENOENT;
      const ret = yield* drv.gem.sync(bo, op.type, op.offset ?? 0, op.size ?? 0);
      yield* bo.put();
      if (ret !== 0) return ret;
    }
    return 0;
  },

  /** panthor_ioctl_bo_query_info(). */
  *ioctlBoQueryInfo(file: DrmFile, args: uapi.BoQueryInfoArgs): Kernel<number> {
    const bo = drv.drv.lookup(file, args.handle);
    if (bo === null) return -ENOENT;
    args.pad = 0;
    args.createFlags = bo.flags;
    args.extraFlags = bo.imported ? uapi.DRM_PANTHOR_BO_IS_IMPORTED : 0;
    yield* bo.put();
    return 0;
  },
});
