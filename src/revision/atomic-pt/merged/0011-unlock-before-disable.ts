// A region that a bind has locked is unlocked before its address space is disabled or changes hands.
// Kernel: panthor_mmu.c (panthor_mmu_as_disable), merged as 276e411604b3.

import type { Driver } from "../../../driver/driver.ts";
import type { PanthorDevice } from "../../../driver/device/types.ts";
import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import { AS_COMMAND_UNLOCK, AS_TRANSCFG_ADRMODE_UNMAPPED } from "../../../driver/mmu/regs.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";
import { loadConfiguration } from "../before/address-spaces.ts";

/** Sends UNLOCK if the slot's VM has a region recorded. */
export function* unlockRecorded({ mmu }: Driver, ptdev: PanthorDevice, as: number): Kernel<number> {
  ptdev.mmu.as.slotsLock.assertHeld();
  const { vm } = ptdev.mmu.as.slots[as];
  if (vm === null || vm.lockedRegion.size === 0) return 0;
  return yield* mmu.asSendCmdAndWait(ptdev, vm.as.id, AS_COMMAND_UNLOCK);
}

export const unlockBeforeDisable = patch({
  id: "atomic-pt/merged-0011",
  title: "Unlock the locked region before disabling an AS",
  source: "276e411604b3; C3 3/3",
  observable: "UNLOCK when an address space is lost in the middle of a bind",
  needs: ["atomic-pt/merged-0006"],
  overlay: overlay((final, prev) => ({
    mmu: {
      *asDisable(ptdev, asNr, recycleSlot) {
        const drv = final();
        if (recycleSlot) {
          const ret = yield* prev.mmu.asDisable(ptdev, asNr, true);
          return ret !== 0 ? ret : yield* unlockRecorded(drv, ptdev, asNr);
        }
        const cleanInv = CACHE_CLEAN | CACHE_INV;
        let ret = yield* drv.gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
        if (ret === 0) ret = yield* unlockRecorded(drv, ptdev, asNr);
        if (ret !== 0) return ret;
        return yield* loadConfiguration(drv, ptdev, asNr, 0n, AS_TRANSCFG_ADRMODE_UNMAPPED, 0n);
      },
    },
  })),
});
