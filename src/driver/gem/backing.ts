// Memory of objects: pages, pins, device and CPU mappings.
// Kernel: panthor_gem.c (panthor_gem_backing_*, panthor_gem_dev_map_*, panthor_gem_vmap_*,
// should_map_wc, panthor_gem_pin, panthor_gem_unpin, panthor_gem_swapin_locked).

import { done, type Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import { pagesToSg, type SgTable } from "../../machine/memory/sg-table.ts";
import { refcountUnderflow } from "../../machine/refcount.ts";
import type { Driver } from "../driver.ts";
import { getPages, putPages } from "./shmem.ts";
import { DRM_PANTHOR_BO_WB_MMAP, type PanthorGemObject } from "./types.ts";

export const backingOps = (drv: Driver) => ({
  /** should_map_wc(): write-combining unless the device is coherent or the user asks for caches. */
  shouldMapWc(bo: PanthorGemObject): boolean {
    return !bo.ptdev.coherent && (bo.flags & DRM_PANTHOR_BO_WB_MMAP) === 0;
  },

  /** panthor_gem_backing_cleanup_locked(). */
  backingCleanupLocked(bo: PanthorGemObject): void {
    drv.gem.boAssertLockedOrGone(bo);
    if (bo.backing.pages === null) return;
    putPages(drv.linux.memory, bo);
  },

  /** panthor_gem_backing_get_pages_locked(). */
  backingGetPagesLocked(bo: PanthorGemObject): number {
    bo.resv.assertHeld();
    return bo.backing.pages === null ? getPages(drv.linux.memory, bo) : 0;
  },

  /** panthor_gem_backing_pin_locked(). */
  *backingPinLocked(bo: PanthorGemObject): Kernel<number> {
    bo.resv.assertHeld();
    bo.ptdev.base.warnOnOnce(bo.imported, "pin of an imported object");
    if (bo.backing.pinCount > 0) {
      bo.backing.pinCount++;
      return 0;
    }
    const ret = drv.gem.backingGetPagesLocked(bo);
    if (ret !== 0) return ret;
    bo.backing.pinCount = 1;
    yield* drv.gem.refreshReclaimState(bo);
    return 0;
  },

  /** panthor_gem_backing_unpin_locked(): the pages stay until they are reclaimed. */
  *backingUnpinLocked(bo: PanthorGemObject): Kernel<void> {
    drv.gem.boAssertLockedOrGone(bo);
    bo.ptdev.base.warnOnOnce(bo.imported, "unpin of an imported object");
    if (bo.backing.pinCount === 0) refcountUnderflow(drv.linux.m);
    else if (--bo.backing.pinCount === 0) yield* drv.gem.refreshReclaimState(bo);
  },

  /** panthor_gem_dev_map_cleanup_locked(). */
  devMapCleanupLocked(bo: PanthorGemObject): void {
    drv.gem.boAssertLockedOrGone(bo);
    bo.dmap.sgt = null;
  },

  /** panthor_gem_dev_map_get_sgt_locked(). */
  devMapGetSgtLocked(bo: PanthorGemObject): SgTable | number {
    bo.resv.assertHeld();
    if (bo.dmap.sgt !== null) return bo.dmap.sgt;
    const ret = drv.gem.backingGetPagesLocked(bo);
    if (ret !== 0) return ret;
    bo.dmap.sgt = pagesToSg(bo.backing.pages!, drv.linux.memory);
    return bo.dmap.sgt ?? -ENOMEM;
  },

  /** panthor_gem_get_dev_sgt(). */
  *getDevSgt(bo: PanthorGemObject): Kernel<SgTable | number> {
    yield* bo.resv.lock();
    const sgt = drv.gem.devMapGetSgtLocked(bo);
    yield* bo.resv.unlock();
    return sgt;
  },

  /** panthor_gem_vmap_cleanup_locked(). */
  *vmapCleanupLocked(bo: PanthorGemObject): Kernel<void> {
    if (bo.cmap.vaddr === null) return;
    bo.cmap.vaddr = null;
    yield* drv.gem.backingUnpinLocked(bo);
  },

  /** panthor_gem_prep_for_cpu_map_locked(): write-combined memory is cleaned by mapping it. */
  prepForCpuMapLocked(bo: PanthorGemObject): number {
    if (!drv.gem.shouldMapWc(bo)) return 0;
    const sgt = drv.gem.devMapGetSgtLocked(bo);
    return typeof sgt === "number" ? sgt : 0;
  },

  /** panthor_gem_vmap_get_locked(). */
  *vmapGetLocked(bo: PanthorGemObject): Kernel<CpuMapping | number> {
    const { cmap } = bo;
    bo.resv.assertHeld();
    if (bo.ptdev.base.warnOnOnce(bo.imported, "vmap of an imported object")) return -EINVAL;
    if (cmap.vaddrUseCount > 0) {
      cmap.vaddrUseCount++;
      return cmap.vaddr!;
    }
    let ret = yield* drv.gem.backingPinLocked(bo);
    if (ret !== 0) return ret;
    ret = drv.gem.prepForCpuMapLocked(bo);
    // vmap(): the area, and its range of addresses.
    const { memory } = drv.linux;
    if (ret === 0 && (memory.failsNow() || memory.failsNow())) ret = -ENOMEM;
    if (ret !== 0) {
      yield* drv.gem.backingUnpinLocked(bo);
      return ret;
    }
    cmap.vaddr = new CpuMapping(drv.linux.memory, bo.backing.pages!);
    cmap.vaddrUseCount = 1;
    return cmap.vaddr;
  },

  /** panthor_gem_vmap_put_locked(). */
  *vmapPutLocked(bo: PanthorGemObject): Kernel<void> {
    bo.resv.assertHeld();
    if (bo.ptdev.base.warnOnOnce(bo.imported, "vunmap of an imported object")) return;
    if (--bo.cmap.vaddrUseCount === 0) yield* drv.gem.vmapCleanupLocked(bo);
  },

  /** panthor_gem_vmap_locked(): the exporter maps what it has exported. */
  *vmapLocked(bo: PanthorGemObject): Kernel<CpuMapping | number> {
    bo.resv.assertHeld();
    const attach = bo.importAttach;
    return yield* attach === null ? drv.gem.vmapGetLocked(bo) : attach.dmabuf.vmap();
  },

  /** panthor_gem_vunmap_locked(). */
  *vunmapLocked(bo: PanthorGemObject): Kernel<void> {
    bo.resv.assertHeld();
    const attach = bo.importAttach;
    yield* attach === null ? drv.gem.vmapPutLocked(bo) : attach.dmabuf.vunmap();
  },

  /** drm_gem_vmap(): a CPU view of the object, or a negative errno. */
  *vmap(bo: PanthorGemObject): Kernel<CpuMapping | number> {
    yield* bo.resv.lock();
    const map = yield* drv.gem.vmapLocked(bo);
    yield* bo.resv.unlock();
    return map;
  },

  /** drm_gem_vunmap(). */
  *vunmap(bo: PanthorGemObject): Kernel<void> {
    yield* bo.resv.lock();
    yield* drv.gem.vunmapLocked(bo);
    yield* bo.resv.unlock();
  },

  /** panthor_gem_pin(): without the lock while others hold pins. */
  pin(bo: PanthorGemObject): Kernel<number> {
    if (bo.imported) return done(0);
    if (bo.backing.pinCount > 0) {
      bo.backing.pinCount++;
      return done(0);
    }
    return drv.gem.pinFirst(bo);
  },

  /** panthor_gem_pin(), under the lock. */
  *pinFirst(bo: PanthorGemObject): Kernel<number> {
    yield* bo.resv.lock();
    const ret = yield* drv.gem.backingPinLocked(bo);
    yield* bo.resv.unlock();
    return ret;
  },

  /** panthor_gem_unpin(). */
  unpin(bo: PanthorGemObject): Kernel<void> {
    if (bo.imported) return done();
    if (bo.backing.pinCount === 1) return drv.gem.unpinLast(bo);
    if (bo.backing.pinCount === 0) refcountUnderflow(drv.linux.m);
    else bo.backing.pinCount--;
    return done();
  },

  /** panthor_gem_unpin(), under the lock. */
  *unpinLast(bo: PanthorGemObject): Kernel<void> {
    yield* bo.resv.lock();
    yield* drv.gem.backingUnpinLocked(bo);
    yield* bo.resv.unlock();
  },

  /** panthor_gem_swapin_locked(): the device mapping again, after an eviction. */
  swapinLocked(bo: PanthorGemObject): Kernel<number> {
    bo.resv.assertHeld();
    if (bo.ptdev.base.warnOnOnce(bo.imported, "swap-in of an imported object")) {
      return done(-EINVAL);
    }
    const sgt = drv.gem.devMapGetSgtLocked(bo);
    return done(typeof sgt === "number" ? sgt : 0);
  },
});
