// The shrinker: gives memory of objects back to the system, easiest first.
// Kernel: panthor_gem.c (panthor_gem_shrinker_*, panthor_gem_try_evict*, panthor_gem_evict_locked,
// shrink_get, shrink_set).

import { done, type Kernel } from "../../machine/core/op.ts";
import { Usage } from "../../machine/dma-fence/resv.ts";
import { EAGAIN, EDEADLK, ENOMEM } from "../../machine/errno.ts";
import { DrmGemLru, gemLruScan } from "../../machine/gpuvm/gem-lru.ts";
import type { DrmGpuvmBo } from "../../machine/gpuvm/gpuva.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorGemObject } from "./types.ts";

/** SHRINK_STOP, SHRINK_EMPTY: ~0ul and ~0ul - 1. */
export const SHRINK_STOP = -1;
export const SHRINK_EMPTY = -2;

/** How long an eviction waits for the GPU, in jiffies. */
const evictWaitJiffies = 10;

export const shrinkerOps = (drv: Driver) => ({
  /** panthor_gem_evict_locked(). */
  *evictLocked(bo: PanthorGemObject): Kernel<void> {
    const { base } = bo.ptdev;
    bo.resv.assertHeld();
    bo.gpuva.lock.assertHeld();
    if (base.warnOnOnce(bo.imported, "eviction of an imported object")) return;
    if (base.warnOnOnce(bo.backing.pinCount > 0, "eviction of a pinned object")) return;
    if (base.warnOnOnce(bo.backing.pages === null, "!bo->backing.pages")) return;
    bo.reclaimedCount++;
    drv.gem.devMapCleanupLocked(bo);
    drv.gem.backingCleanupLocked(bo);
    yield* drv.gem.updateReclaimStateLocked(bo);
  },

  /** can_swap(). */
  canSwap(): boolean {
    return drv.linux.memory.swapPages > 0;
  },

  /** panthor_gem_shrinker_count(). */
  shrinkerCount(ptdev: PanthorDevice, canBlock: boolean): number {
    if (!drv.gem.canSwap()) return 0;
    const { unused, mmapped, gpuMappedCount } = ptdev.reclaim;
    const count = unused.count + mmapped.count + (canBlock ? gpuMappedCount : 0);
    return count === 0 ? SHRINK_EMPTY : count;
  },

  /** panthor_gem_try_evict_no_resv_wait(): trylocks only; true if the pages are gone. */
  *tryEvictNoResvWait(bo: PanthorGemObject): Kernel<boolean> {
    // User mappings first: the fault handler cannot bring them back while the lock is held.
    const { mmapLock } = bo.ptdev.base;
    yield* mmapLock.downRead();
    bo.cmap.faultedIn = false;
    yield* mmapLock.upRead();
    if (!(yield* bo.gpuva.lock.trylock())) return false;
    const locked: DrmGpuvmBo[] = [];
    let ret = 0;
    for (const vmBo of bo.gpuva.list) {
      const { resv } = vmBo.vm;
      if (resv === bo.resv) continue;
      if (!(yield* resv.trylock())) {
        ret = -EDEADLK;
        break;
      }
      locked.push(vmBo);
    }
    if (ret === 0) ret = yield* drv.gem.tryEvictLocked(bo);
    for (const vmBo of locked) yield* vmBo.vm.resv.unlock();
    yield* bo.gpuva.lock.unlock();
    return ret === 0;
  },

  /** The part of panthor_gem_try_evict_no_resv_wait() with all locks held. */
  *tryEvictLocked(bo: PanthorGemObject): Kernel<number> {
    const old = yield* drv.gem.updateReclaimStateLocked(bo);
    // Harder to reclaim than its list says: the right list gets its turn.
    if (old < bo.reclaimState) return -EAGAIN;
    const ret = yield* drv.mmu.vmEvictBoMappingsLocked(bo);
    if (ret !== 0) return ret;
    yield* drv.gem.evictLocked(bo);
    return 0;
  },

  /** panthor_gem_try_evict(): waits for the GPU a little. */
  *tryEvict(bo: PanthorGemObject): Kernel<boolean> {
    const left = yield* bo.resv.waitTimeout(Usage.bookkeep, false, evictWaitJiffies);
    if (left <= 0) return false;
    return yield* drv.gem.tryEvictNoResvWait(bo);
  },

  /** panthor_gem_shrinker_scan(): pages freed, or SHRINK_STOP. */
  *shrinkerScan(ptdev: PanthorDevice, nrToScan: number, canBlock: boolean): Kernel<number> {
    const { reclaim } = ptdev;
    const remaining = { count: 0 };
    const freed = drv.gem.canSwap()
      ? yield* drv.gem.scanLrus(ptdev, nrToScan, canBlock, remaining)
      : 0;
    reclaim.nrPagesReclaimedOnLastScan = freed;
    if (freed === 0 && remaining.count > 0 && ++reclaim.retryCount < 2) return 0;
    reclaim.retryCount = 0;
    return freed > 0 ? freed : SHRINK_STOP;
  },

  /** The four lists of panthor_gem_shrinker_scan(), until enough is freed. */
  *scanLrus(
    ptdev: PanthorDevice,
    nrToScan: number,
    canBlock: boolean,
    remaining: { count: number },
  ): Kernel<number> {
    const { reclaim } = ptdev;
    const dev = drv.gem.device();
    const quick = (obj: object): Kernel<boolean> =>
      drv.gem.tryEvictNoResvWait(obj as PanthorGemObject);
    const slow = (obj: object): Kernel<boolean> => drv.gem.tryEvict(obj as PanthorGemObject);
    let freed = yield* gemLruScan(dev, reclaim.unused, nrToScan, remaining, quick);
    if (freed >= nrToScan) return freed;
    freed += yield* gemLruScan(dev, reclaim.mmapped, nrToScan - freed, remaining, quick);
    if (freed >= nrToScan || !canBlock) return freed;
    freed += yield* drv.mmu.reclaimPrivBos(ptdev, nrToScan - freed, remaining, slow);
    if (freed >= nrToScan) return freed;
    const shared = reclaim.gpuMappedShared;
    return freed + (yield* gemLruScan(dev, shared, nrToScan - freed, remaining, slow));
  },

  /** panthor_gem_shrinker_init(). */
  shrinkerInit(ptdev: PanthorDevice): Kernel<number> {
    ptdev.reclaim = {
      shrinker: { name: "drm-panthor-gem" },
      unused: new DrmGemLru(),
      mmapped: new DrmGemLru(),
      gpuMappedShared: new DrmGemLru(),
      vms: [],
      gpuMappedCount: 0,
      retryCount: 0,
      nrPagesReclaimedOnLastScan: 0,
    };
    if (!drv.linux.memory.failsNow()) return done(0);
    ptdev.reclaim.shrinker = null;
    return done(-ENOMEM);
  },

  /** panthor_gem_shrinker_unplug(). */
  shrinkerUnplug(ptdev: PanthorDevice): Kernel<void> {
    ptdev.reclaim.shrinker = null;
    return done();
  },

  /** shrink_set() of debugfs, then shrink_get(): pages reclaimed by the scan. */
  *debugfsShrinkSet(ptdev: PanthorDevice, nrToScan: number): Kernel<number> {
    if (ptdev.reclaim.shrinker !== null) yield* drv.gem.shrinkerScan(ptdev, nrToScan, true);
    return ptdev.reclaim.nrPagesReclaimedOnLastScan;
  },
});
