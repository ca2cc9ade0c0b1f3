// What would fix findings about resets, lost address spaces and unusable VMs that 7.3 still has.
// None of these is upstream.

import { GPU_IRQ_CLEAN_CACHES_COMPLETED } from "../../../driver/gpu/regs.ts";
import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import { AS_COMMAND_UNLOCK } from "../../../driver/mmu/regs.ts";
import type { PanthorVm } from "../../../driver/mmu/types.ts";
import { EINVAL } from "../../../machine/errno.ts";
import { overlay, patch } from "../../patch.ts";

const source = "not upstream";

/** MMU-18. */
export const pwrResetEndsFlush = patch({
  id: "atomic-pt/fix-pwr-reset",
  title: "A reset by the power control block ends a pending flush",
  source,
  observable: "the first flush behind the reset is written to GPU_CMD",
  overlay: overlay((_, prev) => ({
    pwr: {
      *reset(ptdev, command) {
        const ret = yield* prev.pwr.reset(ptdev, command);
        yield* ptdev.gpu.reqsLock.lockIrqsave();
        ptdev.gpu.pendingReqs &= ~GPU_IRQ_CLEAN_CACHES_COMPLETED;
        yield* ptdev.gpu.reqsLock.unlockIrqrestore();
        return ret;
      },
    },
  })),
});

/** MMU-40. */
export const unlockBehindReset = patch({
  id: "atomic-pt/fix-lock-across-reset",
  title: "The slots that a reset takes away are unlocked",
  source,
  observable: "UNLOCK when a sync bind has locked a region behind the soft reset",
  overlay: overlay((final, prev) => ({
    mmu: {
      *postReset(ptdev) {
        const { as } = ptdev.mmu;
        yield* as.slotsLock.lock();
        for (const { vm } of as.slots) {
          if (vm === null || vm.lockedRegion.size === 0) continue;
          yield* final().mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_UNLOCK);
        }
        yield* as.slotsLock.unlock();
        yield* prev.mmu.postReset(ptdev);
      },
    },
  })),
});

/** MMU-41. */
export const unusableStaysOff = patch({
  id: "atomic-pt/fix-unusable-stays-off",
  title: "An unusable VM does not become active",
  source,
  observable: "its tables are never given to the MMU again",
  overlay: overlay((_, prev) => ({
    mmu: {
      *vmActive(vm) {
        return vm.unusable ? -EINVAL : yield* prev.mmu.vmActive(vm);
      },
    },
    drv: {
      *ioctlGroupSubmit(file, args) {
        const group = file.pfile.groups?.xa.get(args.groupHandle);
        if (group?.vm?.unusable === true) return -EINVAL;
        return yield* prev.drv.ioctlGroupSubmit(file, args);
      },
    },
  })),
});

/** MMU-43. */
export const oneUnlock = patch({
  id: "atomic-pt/fix-second-unlock",
  title: "What AS disable has unlocked is not unlocked again",
  source,
  observable: "one UNLOCK for each LOCK",
  overlay: overlay((final, prev) => {
    const unlocked = new WeakSet<PanthorVm>();
    return {
      mmu: {
        *asDisable(ptdev, asNr, recycleSlot) {
          const { vm } = ptdev.mmu.as.slots[asNr];
          const ret = yield* prev.mmu.asDisable(ptdev, asNr, recycleSlot);
          if (ret === 0 && vm !== null && vm.lockedRegion.size > 0) unlocked.add(vm);
          return ret;
        },
        *vmUnlockRegion(vm) {
          if (!unlocked.delete(vm)) return yield* prev.mmu.vmUnlockRegion(vm);
          const { ptdev, lockedRegion } = vm;
          const { slotsLock } = ptdev.mmu.as;
          yield* slotsLock.lock();
          if (vm.as.id >= 0) {
            const cleanInv = CACHE_CLEAN | CACHE_INV;
            yield* final().gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
          }
          lockedRegion.start = 0;
          lockedRegion.size = 0;
          yield* slotsLock.unlock();
        },
      },
    };
  }),
});
