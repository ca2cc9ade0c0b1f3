// One region lock around a whole bind, as merged: the record is only made when the LOCK succeeded,
// caches are flushed by GPU_CMD before UNLOCK, a failure resets the GPU, and a VM that is being
// changed gets its address space when the change is over. Enabling and disabling an address space
// needs no lock of everything any more. Kernel: panthor_mmu.c, merged as 6e2d3b3e8589.

import type { Driver } from "../../../driver/driver.ts";
import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import {
  AS_COMMAND_LOCK,
  AS_LOCKADDR,
  AS_TRANSCFG_ADRMODE_UNMAPPED,
} from "../../../driver/mmu/regs.ts";
import type { PanthorVm } from "../../../driver/mmu/types.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";
import { asPorted } from "../as-ported.ts";
import { atomicSteps } from "../atomic-steps.ts";
import { loadConfiguration } from "../before/address-spaces.ts";

/** panthor_vm_lock_region() as merged: one lock, recorded as it was asked for. */
export function* lockOnce(
  { mmio, mmu }: Driver,
  vm: PanthorVm,
  start: number,
  size: number,
): Kernel<number> {
  const { ptdev, lockedRegion } = vm;
  const { slotsLock } = ptdev.mmu.as;
  let ret = 0;
  yield* slotsLock.lock();
  const held = lockedRegion.start !== 0 || lockedRegion.size !== 0;
  ptdev.base.warnOn(held, "vm->locked_region.start || vm->locked_region.size");
  if (vm.as.id >= 0 && size > 0) {
    const { lockaddr } = mmu.packRegionRange(ptdev, start, size);
    yield* mmio.write64(AS_LOCKADDR(vm.as.id), lockaddr);
    ret = yield* mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_LOCK);
  }
  if (ret === 0) {
    lockedRegion.start = start;
    lockedRegion.size = size;
  }
  yield* slotsLock.unlock();
  return ret;
}

export const atomicUpdatesMerged = patch({
  id: "atomic-pt/merged-0006",
  title: "Add support for atomic page table updates",
  source: "6e2d3b3e8589; B4 4/6",
  observable:
    "LOCK before the first step, GPU_CMD = 0x23304 and UNLOCK after the last; a VM becomes " +
    "active behind the bind; no LOCK and no flush at AS enable",
  overlay: overlay((final, prev) => ({
    mmu: {
      ...atomicSteps(final),
      ...asPorted(final, "mmu", "vmUnlockRegion", "vmActive"),
      vmLockRegion: (vm, start, size) => lockOnce(final(), vm, start, size),

      asEnable: (ptdev, asNr, transtab, transcfg, memattr) =>
        loadConfiguration(final(), ptdev, asNr, transtab, transcfg, memattr),

      *asDisable(ptdev, asNr, recycleSlot) {
        const drv = final();
        // Recycling is in software.
        if (recycleSlot) return 0;
        const cleanInv = CACHE_CLEAN | CACHE_INV;
        const ret = yield* drv.gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
        if (ret !== 0) return ret;
        return yield* loadConfiguration(drv, ptdev, asNr, 0n, AS_TRANSCFG_ADRMODE_UNMAPPED, 0n);
      },

      *vmEnableAs(vm) {
        vm.ptdev.base.warnOn(vm.lockedRegion.size > 0, "vm->locked_region.size > 0");
        return yield* prev.mmu.vmEnableAs(vm);
      },
    },
  })),
});
