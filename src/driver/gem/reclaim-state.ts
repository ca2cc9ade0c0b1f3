// How easily an object's memory can be reclaimed, and the list that follows from it.
// Kernel: panthor_gem.c (is_gpu_mapped, panthor_gem_evaluate_reclaim_state_locked,
// panthor_gem_update_reclaim_state_locked).

import type { Kernel } from "../../machine/core/op.ts";
import { gemLruMoveTail, gemLruRemove } from "../../machine/gpuvm/gem-lru.ts";
import { pageSize } from "../../machine/memory/physical-memory.ts";
import type { Driver } from "../driver.ts";
import {
  PANTHOR_GEM_GPU_MAPPED_MULTI_VM,
  PANTHOR_GEM_GPU_MAPPED_SINGLE_VM,
  PANTHOR_GEM_MMAPPED,
  PANTHOR_GEM_UNRECLAIMABLE,
  PANTHOR_GEM_UNUSED,
  type PanthorGemObject,
  type PanthorGemReclaimState,
} from "./types.ts";

const isGpuMappedState = (state: PanthorGemReclaimState): boolean =>
  state === PANTHOR_GEM_GPU_MAPPED_SINGLE_VM || state === PANTHOR_GEM_GPU_MAPPED_MULTI_VM;

export const reclaimStateOps = (drv: Driver) => ({
  /** is_gpu_mapped(): the state that follows from the VMs that map the object, null for none. */
  isGpuMapped(bo: PanthorGemObject): PanthorGemReclaimState | null {
    let state: PanthorGemReclaimState | null = null;
    for (const vmBo of bo.gpuva.list) {
      if (vmBo.evicted) continue;
      if (state !== null) return PANTHOR_GEM_GPU_MAPPED_MULTI_VM;
      state = PANTHOR_GEM_GPU_MAPPED_SINGLE_VM;
    }
    return state;
  },

  /** panthor_gem_evaluate_reclaim_state_locked(). */
  evaluateReclaimStateLocked(bo: PanthorGemObject): PanthorGemReclaimState {
    bo.resv.assertHeld();
    bo.gpuva.lock.assertHeld();
    if (bo.backing.pages === null) return PANTHOR_GEM_UNRECLAIMABLE;
    if (bo.backing.pinCount > 0) return PANTHOR_GEM_UNRECLAIMABLE;
    const gpuMapped = drv.gem.isGpuMapped(bo);
    if (gpuMapped !== null) return gpuMapped;
    return bo.cmap.mmapCount > 0 ? PANTHOR_GEM_MMAPPED : PANTHOR_GEM_UNUSED;
  },

  /** panthor_gem_update_reclaim_state_locked(): the state before. */
  *updateReclaimStateLocked(bo: PanthorGemObject): Kernel<PanthorGemReclaimState> {
    const { reclaim } = bo.ptdev;
    const old = bo.reclaimState;
    const state = drv.gem.evaluateReclaimStateLocked(bo);
    if (state === old) return old;

    const pages = bo.size / pageSize;
    if (isGpuMappedState(state) && !isGpuMappedState(old)) reclaim.gpuMappedCount += pages;
    else if (!isGpuMappedState(state) && isGpuMappedState(old)) reclaim.gpuMappedCount -= pages;

    switch (state) {
      case PANTHOR_GEM_UNUSED:
        yield* gemLruMoveTail(reclaim.unused, bo);
        break;
      case PANTHOR_GEM_MMAPPED:
        yield* gemLruMoveTail(reclaim.mmapped, bo);
        break;
      case PANTHOR_GEM_GPU_MAPPED_SINGLE_VM:
        yield* drv.mmu.vmUpdateBoReclaimLruLocked(bo);
        break;
      case PANTHOR_GEM_GPU_MAPPED_MULTI_VM:
        yield* gemLruMoveTail(reclaim.gpuMappedShared, bo);
        break;
      case PANTHOR_GEM_UNRECLAIMABLE:
        yield* gemLruRemove(bo);
        break;
    }
    bo.reclaimState = state;
    return old;
  },

  /** updateReclaimStateLocked() with the gpuva lock taken here. */
  *refreshReclaimState(bo: PanthorGemObject): Kernel<void> {
    yield* bo.gpuva.lock.lock();
    yield* drv.gem.updateReclaimStateLocked(bo);
    yield* bo.gpuva.lock.unlock();
  },

  /** bo_assert_locked_or_gone(): an object that is being freed needs no lock. */
  boAssertLockedOrGone(bo: PanthorGemObject): void {
    if (bo.refcount > 0) bo.resv.assertHeld();
  },
});
