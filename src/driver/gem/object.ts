// Buffer objects: creation, handles, labels, release, cache maintenance.
// Kernel: panthor_gem.c (panthor_gem_create, panthor_gem_create_with_handle,
// panthor_gem_free_object, panthor_gem_bo_set_label, panthor_gem_sync, panthor_gem_init).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM, ENOSPC } from "../../machine/errno.ts";
import {
  type DrmGemObjectFuncs,
  GemDevice,
  type GemHandles,
  gemHandleCreate,
} from "../../machine/gpuvm/gem-object.ts";
import { primeGemDestroy } from "../../machine/gpuvm/gem-prime.ts";
import { Mutex } from "../../machine/lock/mutex.ts";
import { filePseudoFails } from "../../machine/memory/fail-nth.ts";
import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorVm } from "../mmu/types.ts";
import {
  DRM_PANTHOR_BO_NO_MMAP,
  DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH,
  DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE,
  PanthorGemObject,
} from "./types.ts";

/** Size of the object behind sparse mappings. */
const dummySize = 0x200000;

/** PAGE_ALIGN() of a u64: the last page of them wraps to nothing. */
function pageAlign(size: number): number {
  const aligned = Math.ceil(size / pageSize) * pageSize;
  return aligned >= 2 ** 64 ? 0 : aligned;
}

export const objectOps = (drv: Driver) => {
  const gemDevice = new GemDevice(drv.linux);
  const funcs: DrmGemObjectFuncs = {
    free: (obj) => drv.gem.freeObject(obj as PanthorGemObject),
  };
  return {
    /** What struct drm_device holds for GEM. */
    device(): GemDevice {
      return gemDevice;
    },

    /** panthor_gem_init(): a mount with huge pages, where the kernel has them. */
    init(ptdev: PanthorDevice): void {
      if (drv.linux.memory.hugePages) ptdev.base.log("info", "Using Transparent Hugepage");
    },

    /** panthor_gem_alloc_object(). */
    allocObject(ptdev: PanthorDevice, size: number, flags: number): PanthorGemObject {
      const bo = new PanthorGemObject(gemDevice, funcs, size);
      bo.ptdev = ptdev;
      bo.flags = flags;
      bo.label.lock = new Mutex(drv.linux.m, "label.lock");
      return bo;
    },

    /** drm_gem_object_init(): the file in shared memory. Its inode takes room in the file system. */
    objectInit(bo: PanthorGemObject): number {
      const { memory } = drv.linux;
      // MAX_LFS_FILESIZE.
      if (bo.size >= 2 ** 63) return -EINVAL;
      if (memory.failsNow()) return -ENOSPC;
      if (filePseudoFails(memory)) return -ENOMEM;
      bo.filp = true;
      return 0;
    },

    /** panthor_gem_create(): no memory yet; objects of one VM share its reservation object. */
    *create(
      ptdev: PanthorDevice,
      size: number,
      flags: number,
      exclusiveVm: PanthorVm | null,
      usageFlags: number,
    ): Kernel<PanthorGemObject | number> {
      if (drv.linux.memory.failsNow()) return -ENOMEM;
      const bo = drv.gem.allocObject(ptdev, pageAlign(size), flags);
      let ret = drv.gem.objectInit(bo);
      if (ret === 0) ret = bo.createMmapOffset();
      if (ret !== 0) {
        yield* bo.put();
        return ret;
      }
      if (exclusiveVm !== null) {
        bo.exclusiveVmRootGem = drv.mmu.vmRootGem(exclusiveVm)!.get();
        bo.resv = bo.exclusiveVmRootGem.resv;
      }
      yield* drv.gem.debugfsSetUsageFlags(bo, usageFlags);
      return bo;
    },

    /** panthor_gem_create_with_handle(): the handle; `args.size` becomes the real size. */
    *createWithHandle(
      file: GemHandles,
      ptdev: PanthorDevice,
      exclusiveVm: PanthorVm | null,
      args: { size: number },
      flags: number,
    ): Kernel<number> {
      const bo = yield* drv.gem.create(ptdev, args.size, flags, exclusiveVm, 0);
      if (typeof bo === "number") return bo;
      const handle = yield* gemHandleCreate(file, bo);
      if (handle > 0) args.size = bo.size;
      yield* bo.put();
      return handle;
    },

    /** panthor_gem_free_object(). */
    *freeObject(bo: PanthorGemObject): Kernel<void> {
      const rootGem = bo.exclusiveVmRootGem;
      yield* drv.gem.debugfsBoRm(bo);
      bo.label.str = null;
      if (bo.importAttach !== null) {
        yield* primeGemDestroy(bo.importAttach, bo.dmap.sgt);
        bo.dmap.sgt = null;
      } else {
        // No lock: nobody else can see the object.
        yield* drv.gem.vmapCleanupLocked(bo);
        drv.gem.devMapCleanupLocked(bo);
        drv.gem.backingCleanupLocked(bo);
        bo.swap = null;
      }
      yield* bo.release();
      if (rootGem !== null) yield* rootGem.put();
    },

    /** panthor_dummy_bo_create(): 2 MiB, so that sparse ranges can use blocks. */
    dummyBoCreate(ptdev: PanthorDevice): Kernel<PanthorGemObject | number> {
      return drv.gem.create(ptdev, dummySize, DRM_PANTHOR_BO_NO_MMAP, null, 0);
    },

    /** panthor_gem_bo_set_label(). */
    *boSetLabel(bo: PanthorGemObject, label: string | null): Kernel<void> {
      yield* bo.label.lock.lock();
      bo.label.str = label;
      yield* bo.label.lock.unlock();
    },

    /** panthor_gem_sync(): CPU cache maintenance; the model has no CPU caches to clean. */
    sync(bo: PanthorGemObject, type: number, offset: number, size: number): Kernel<number> {
      if (offset + size > bo.size || bo.imported) return done(-EINVAL);
      if (
        type !== DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH &&
        type !== DRM_PANTHOR_BO_SYNC_CPU_CACHE_FLUSH_AND_INVALIDATE
      ) {
        return done(-EINVAL);
      }
      if (drv.gem.shouldMapWc(bo) || size === 0) return done(0);
      return drv.gem.syncLocked(bo);
    },

    /** The part of panthor_gem_sync() under the reservation lock. */
    *syncLocked(bo: PanthorGemObject): Kernel<number> {
      let ret = yield* bo.resv.lockInterruptible();
      if (ret !== 0) return ret;
      if (bo.backing.pages !== null) {
        const sgt = drv.gem.devMapGetSgtLocked(bo);
        if (typeof sgt === "number") ret = sgt;
      }
      yield* bo.resv.unlock();
      return ret;
    },
  };
};
