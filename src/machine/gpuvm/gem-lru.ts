// Lists of reclaimable objects, least recently used first.
// Kernel: drivers/gpu/drm/drm_gem.c (drm_gem_lru_*). Counts are in pages.

import type { Kernel } from "../core/op.ts";
import { pageSize } from "../memory/physical-memory.ts";
import type { DrmGemObject, GemDevice } from "./gem-object.ts";

/** struct drm_gem_lru. */
export class DrmGemLru {
  count = 0;
  readonly list = new Set<DrmGemObject>();
}

function removeLocked(obj: DrmGemObject): void {
  const lru = obj.lru!;
  lru.count -= Math.floor(obj.size / pageSize);
  lru.list.delete(obj);
  obj.lru = null;
}

/** drm_gem_lru_remove(). */
export function* gemLruRemove(obj: DrmGemObject): Kernel<void> {
  const { lruMutex } = obj.dev;
  yield* lruMutex.lock();
  if (obj.lru !== null) removeLocked(obj);
  yield* lruMutex.unlock();
}

/** drm_gem_lru_move_tail_locked(): with the LRU mutex held. */
export function gemLruMoveTailLocked(lru: DrmGemLru, obj: DrmGemObject): void {
  if (obj.lru !== null) removeLocked(obj);
  lru.count += Math.floor(obj.size / pageSize);
  lru.list.add(obj);
  obj.lru = lru;
}

/** drm_gem_lru_move_tail(). */
export function* gemLruMoveTail(lru: DrmGemLru, obj: DrmGemObject): Kernel<void> {
  const { lruMutex } = obj.dev;
  yield* lruMutex.lock();
  gemLruMoveTailLocked(lru, obj);
  yield* lruMutex.unlock();
}

/**
 * drm_gem_lru_scan(): tries `shrink` on objects, oldest first, until `nrToScan` pages are free.
 * Adds what could not be reclaimed to `remaining`; returns the pages freed.
 */
export function* gemLruScan(
  dev: GemDevice,
  lru: DrmGemLru,
  nrToScan: number,
  remaining: { count: number },
  shrink: (obj: DrmGemObject) => Kernel<boolean>,
): Kernel<number> {
  const { lruMutex } = dev;
  const stillInLru = new DrmGemLru();
  let freed = 0;
  yield* lruMutex.lock();
  while (freed < nrToScan) {
    const [obj] = lru.list;
    if (obj === undefined) break;
    gemLruMoveTailLocked(stillInLru, obj);
    if (!obj.getUnlessZero()) continue;
    yield* lruMutex.unlock();

    const pages = Math.floor(obj.size / pageSize);
    if (!(yield* obj.resv.trylock())) remaining.count += pages;
    else {
      if (yield* shrink(obj)) {
        freed += pages;
        // The driver has moved it to another list, or to none.
        const { rec } = dev.linux.m;
        if (obj.lru === stillInLru) rec.log("warn", "WARNING: obj->lru == &still_in_lru");
        if (obj.lru === lru) rec.log("warn", "WARNING: obj->lru == lru");
      } else if (obj.lru === stillInLru) remaining.count += pages;
      yield* obj.resv.unlock();
    }

    yield* obj.put();
    yield* lruMutex.lock();
  }
  for (const obj of stillInLru.list) {
    obj.lru = lru;
    lru.list.add(obj);
  }
  lru.count += stillInLru.count;
  yield* lruMutex.unlock();
  return freed;
}
