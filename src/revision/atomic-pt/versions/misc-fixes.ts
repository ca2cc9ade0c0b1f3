// Versions between v4 and what was merged: "Misc fixes" v1 and v2 (2025-10 and 2025-11), and v1 of the
// three fixes of December 2025.

import type { Driver } from "../../../driver/driver.ts";
import { AS_COMMAND_LOCK, AS_COMMAND_FLUSH_PT, AS_LOCKADDR } from "../../../driver/mmu/regs.ts";
import type { PanthorVm } from "../../../driver/mmu/types.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";
import { pageOps } from "../before/pages.ts";
import { flushRange } from "../flush-pages.ts";

/** MMU-23: the companion of B1. */
export const invertedLock = patch({
  id: "atomic-pt/misc-v1-inverted-lock",
  title: "panthor_vm_declare_unusable() unlocks where it should lock",
  source: "Misc fixes v1 of 2025-10-31",
  observable: "the address space is disabled without the slots lock",
  overlay: overlay((final) => ({
    mmu: {
      *vmDeclareUnusable(vm) {
        const { linux, mmu } = final();
        const { ptdev } = vm;
        const { slotsLock } = ptdev.mmu.as;
        if (vm.unusable) return;
        vm.unusable = true;
        // mutex_unlock() of a mutex that somebody else holds, or nobody.
        const notOurs = "DEBUG_LOCKS_WARN_ON(__owner_task(owner) != get_current())";
        const release = function* (): Kernel<void> {
          if (slotsLock.isHeld()) yield* slotsLock.unlock();
          else linux.rec.log("warn", `WARNING: ${notOurs} in mutex_unlock(&as.slots_lock)`);
        };
        yield* release();
        if (vm.as.id >= 0 && ptdev.base.enter()) {
          yield* mmu.asDisable(ptdev, vm.as.id, false);
          yield* ptdev.base.exit();
        }
        yield* release();
      },
    },
  })),
});

/** panthor_vm_flush_range() half-way through Misc fixes v2: an empty range is LOCKADDR = 0. */
function* flushRangePacked(
  drv: Driver,
  vm: PanthorVm,
  start: number,
  size: number,
): Kernel<number> {
  if (size > 0 || vm.as.id < 0) return yield* flushRange(drv, vm, start, size);
  const { ptdev } = vm;
  yield* ptdev.mmu.as.slotsLock.lock();
  yield* drv.mmio.write64(AS_LOCKADDR(vm.as.id), 0n);
  yield* drv.mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_LOCK);
  const ret = yield* drv.mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_FLUSH_PT);
  yield* ptdev.mmu.as.slotsLock.unlock();
  return ret;
}

/** MMU-11: B2 2/6. */
export const emptyRangePacked = patch({
  id: "atomic-pt/misc-v2-0002",
  title: "Kill lock_region()",
  source: "Misc fixes v2 2/6 of 2025-11-13",
  observable: "LOCKADDR = 0 and LOCK for an empty range",
  overlay: overlay((final) => ({
    mmu: pageOps(final, (vm, start, size) => flushRangePacked(final(), vm, start, size)),
  })),
});

/** MMU-21: C1 and C2. */
export const recordCleared = patch({
  id: "atomic-pt/fixes-v1-record-cleared",
  title: "AS disable clears the record of the locked region",
  source: "v1 and v2 of the fixes of 2025-12",
  observable: "a bind that loses its address space changes tables outside of the recorded region",
  overlay: overlay((_, prev) => ({
    mmu: {
      *asDisable(ptdev, asNr, recycleSlot) {
        const { vm } = ptdev.mmu.as.slots[asNr];
        const ret = yield* prev.mmu.asDisable(ptdev, asNr, recycleSlot);
        if (ret === 0 && vm !== null) {
          vm.lockedRegion.start = 0;
          vm.lockedRegion.size = 0;
        }
        return ret;
      },
    },
  })),
});
