// What would fix findings about the region lock that 7.3 still has. None of these is upstream: they
// are the least that makes the finding go away, to compare with.

import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import { clearBelow } from "../../../driver/mmu/bits.ts";
import { opType } from "../../../driver/mmu/op-ctx.ts";
import { AS_COMMAND_UNLOCK } from "../../../driver/mmu/regs.ts";
import {
  DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY,
  DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP,
  type PanthorVm,
  type PanthorVma,
} from "../../../driver/mmu/types.ts";
import { remapToUnmapRange } from "../../../machine/gpuvm/gpuva.ts";
import { overlay, patch } from "../../patch.ts";

const source = "not upstream";

/** MMU-4. */
export const reportRelease = patch({
  id: "atomic-pt/fix-report-release",
  title: "A bind whose flush or UNLOCK fails fails",
  source,
  observable: "the fence has the error",
  overlay: overlay((final) => {
    const failed = new WeakMap<PanthorVm, number>();
    return {
      mmu: {
        *vmUnlockRegion(vm) {
          const { device, gpu, mmu } = final();
          const { ptdev, lockedRegion } = vm;
          const { slotsLock } = ptdev.mmu.as;
          yield* slotsLock.lock();
          if (vm.as.id >= 0) {
            const cleanInv = CACHE_CLEAN | CACHE_INV;
            let ret = yield* gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
            if (ret === 0) ret = yield* mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_UNLOCK);
            if (ret !== 0) yield* device.scheduleReset(ptdev);
            failed.set(vm, ret);
          }
          lockedRegion.start = 0;
          lockedRegion.size = 0;
          yield* slotsLock.unlock();
        },
        *vmExecOp(vm, op, flagVmUnusableOnFailure) {
          const { mmu } = final();
          if (opType(op.flags) === DRM_PANTHOR_VM_BIND_OP_TYPE_SYNC_ONLY) return 0;
          yield* vm.opLock.lock();
          vm.opCtx = op;
          failed.delete(vm);
          let ret = yield* mmu.vmLockRegion(vm, op.va.addr, op.va.range);
          if (ret === 0) {
            ret = yield* mmu.vmExecLocked(vm, op);
            yield* mmu.vmUnlockRegion(vm);
            if (ret === 0) ret = failed.get(vm) ?? 0;
          }
          if (ret !== 0 && flagVmUnusableOnFailure) yield* mmu.vmDeclareUnusable(vm);
          vm.opCtx = null;
          yield* vm.opLock.unlock();
          return ret;
        },
      },
    };
  }),
});

/** MMU-7. */
export const unplugGuard = patch({
  id: "atomic-pt/fix-unplug-guard",
  title: "Lock and unlock enter the device section",
  source: "asked for in the review of v4",
  observable: "no access to an address space once the device is marked unplugged",
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmLockRegion(vm, start, size) {
        const { base } = vm.ptdev;
        if (base.enter()) {
          const ret = yield* prev.mmu.vmLockRegion(vm, start, size);
          yield* base.exit();
          return ret;
        }
        vm.lockedRegion.start = start;
        vm.lockedRegion.size = size;
        return 0;
      },
      *vmUnlockRegion(vm) {
        const { base } = vm.ptdev;
        if (base.enter()) {
          yield* prev.mmu.vmUnlockRegion(vm);
          yield* base.exit();
          return;
        }
        vm.lockedRegion.start = 0;
        vm.lockedRegion.size = 0;
      },
    },
  })),
});

/** MMU-12. */
export const emptyNeedsNoUnlock = patch({
  id: "atomic-pt/fix-zero-size",
  title: "Nothing is flushed or unlocked where nothing was locked",
  source,
  observable: "no register access for an operation of size 0",
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmUnlockRegion(vm) {
        if (vm.lockedRegion.size > 0) yield* prev.mmu.vmUnlockRegion(vm);
      },
    },
  })),
});

/** MMU-15. */
export const emptyNeedsNoLock = patch({
  id: "atomic-pt/fix-empty-range",
  title: "An unmap of a range without mappings locks nothing",
  source,
  observable: "no register access for it",
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmExecOp(vm, op, flagVmUnusableOnFailure) {
        if (opType(op.flags) === DRM_PANTHOR_VM_BIND_OP_TYPE_UNMAP) {
          yield* vm.opLock.lock();
          const empty = vm.intervalEmpty(op.va.addr, op.va.range);
          yield* vm.opLock.unlock();
          if (empty) return 0;
        }
        return yield* prev.mmu.vmExecOp(vm, op, flagVmUnusableOnFailure);
      },
    },
  })),
});

/** MMU-30. */
export const recordedAsLocked = patch({
  id: "atomic-pt/fix-minimum-block",
  title: "The record of the smallest block is the block that the hardware locks",
  source,
  observable: "LOCKADDR of a second lock that the record of the first one widens",
  overlay: overlay((_, prev) => ({
    mmu: {
      packRegionRange(ptdev, start, size) {
        const region = prev.mmu.packRegionRange(ptdev, start, size);
        if (region.size === 0) return region;
        return { ...region, start: clearBelow(region.start, Math.log2(region.size)) };
      },
    },
  })),
});

/** MMU-32. */
export const wideningMayFail = patch({
  id: "atomic-pt/fix-widening-result",
  title: "A remap whose second lock fails fails",
  source: "as in the protected-mode series of 2026-05",
  observable: "nothing outside of the locked block is changed; the fence has the error",
  overlay: overlay((final, prev) => ({
    mmu: {
      *gpuvaSmStepRemap(op, vm) {
        const { mmu } = final();
        if (!(op.unmap.va as PanthorVma).evicted) {
          const { start, range } = remapToUnmapRange(op);
          const wide = mmu.unmapHugepageAlign(op, start, range);
          const ret = yield* mmu.vmLockRegion(vm, wide.start, wide.range);
          if (ret !== 0) return ret;
        }
        return yield* prev.mmu.gpuvaSmStepRemap(op, vm);
      },
    },
  })),
});

/**
 * MMU-37: what the rounding costs. The lock covers only the part of the request up to the boundary
 * that it straddles, which no driver could leave at that.
 */
export const lockWithoutRounding = patch({
  id: "atomic-pt/what-if-no-rounding",
  title: "The locked block ends at the boundary that the request straddles",
  source: "a measurement, not a fix",
  observable: "streams outside of the request do not stall",
  overlay: overlay((_, prev) => ({
    mmu: {
      packRegionRange(ptdev, start, size) {
        const region = prev.mmu.packRegionRange(ptdev, start, size);
        if (region.size <= 2 * size) return region;
        const boundary = region.start + region.size / 2;
        const part = prev.mmu.packRegionRange(ptdev, start, boundary - start);
        return { ...part, start, size };
      },
    },
  })),
});
