// One region lock around a whole bind: taken before the first page-table write, ended by FLUSH_MEM
// after the last one. A VM that gets its address space in the middle has the region locked behind
// its UPDATE. As posted: a failed LOCK keeps the record, a failed release only warns, and the result
// of the lock is not set for a VM without address space.
// Kernel: panthor_mmu.c, "drm/panthor: Add support for atomic page table updates", v3 1/7.

import type { Driver } from "../../driver/driver.ts";
import { AS_COMMAND_FLUSH_MEM } from "../../driver/mmu/regs.ts";
import type { PanthorVm } from "../../driver/mmu/types.ts";
import type { Kernel } from "../../machine/core/op.ts";
import { overlay, type Patch, patch } from "../patch.ts";
import { atomicSteps } from "./atomic-steps.ts";
import { lockRegion } from "./lock-all.ts";

/** panthor_vm_lock_region() of v3. `unset` is what the result is where nothing sets it. */
function* lockV3(
  drv: Driver,
  vm: PanthorVm,
  start: number,
  size: number,
  unset: number,
): Kernel<number> {
  const { ptdev, lockedRegion } = vm;
  const { slotsLock } = ptdev.mmu.as;
  let ret = unset;
  yield* slotsLock.lock();
  const held = lockedRegion.start !== 0 || lockedRegion.size !== 0;
  ptdev.base.warnOn(held, "vm->locked_region.start || vm->locked_region.size");
  lockedRegion.start = start;
  lockedRegion.size = size;
  if (vm.as.id >= 0) {
    yield* lockRegion(drv, ptdev, vm.as.id, { start, size });
    ret = yield* drv.mmu.waitReady(ptdev, vm.as.id);
  }
  yield* slotsLock.unlock();
  return ret;
}

/** panthor_vm_unlock_region() of v3: the flush ends the lock, and is only warned about. */
function* unlockV3({ mmu }: Driver, vm: PanthorVm): Kernel<void> {
  const { ptdev, lockedRegion } = vm;
  const { slotsLock } = ptdev.mmu.as;
  yield* slotsLock.lock();
  if (vm.as.id >= 0) {
    const ret = yield* mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_FLUSH_MEM);
    ptdev.base.warnOn(ret !== 0, "wait_ready(ptdev, vm->as.id)");
  }
  lockedRegion.start = 0;
  lockedRegion.size = 0;
  yield* slotsLock.unlock();
}

/** The patch, with what the compiler makes of the result that is not set. */
export const atomicUpdates = (about: Omit<Patch, "overlay" | "title">, unset: number): Patch =>
  patch({
    ...about,
    title: "Add support for atomic page table updates",
    overlay: overlay((final, prev) => ({
      mmu: {
        ...atomicSteps(final),
        vmLockRegion: (vm, start, size) => lockV3(final(), vm, start, size, unset),
        vmUnlockRegion: (vm) => unlockV3(final(), vm),

        *vmEnableAs(vm) {
          const drv = final();
          const { ptdev, lockedRegion } = vm;
          const ret = yield* prev.mmu.vmEnableAs(vm);
          if (ret !== 0 || lockedRegion.size === 0) return ret;
          yield* lockRegion(drv, ptdev, vm.as.id, lockedRegion);
          return yield* drv.mmu.waitReady(ptdev, vm.as.id);
        },
      },
    })),
  });

const observable = "LOCK before the first step, FLUSH_MEM after the last, nothing in between";

/** As distributions build it: automatic variables start as zero, which hides that one does not. */
export const atomicUpdatesV3 = atomicUpdates(
  { id: "atomic-pt/v3-0001", source: "v3 1/7 of 2025-07-03", observable },
  0,
);

/** v4 sets the result. */
export const atomicUpdatesV4 = atomicUpdates(
  { id: "atomic-pt/v4-0001", source: "v4 1/7 of 2025-07-07", observable },
  0,
);
