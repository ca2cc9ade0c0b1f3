// An address space was disabled while a bind operation had a region of it locked. Kernel:
// panthor_mmu.c before 276e411604b3.

import { CACHE_CLEAN, CACHE_INV } from "../../driver/gpu/regs.ts";
import {
  AS_COMMAND_UPDATE,
  AS_MEMATTR,
  AS_TRANSCFG,
  AS_TRANSCFG_ADRMODE_UNMAPPED,
  AS_TRANSTAB,
} from "../../driver/mmu/regs.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const asDisabledWhileLocked = regression({
  id: "as-disabled-while-locked",
  title: "An address space is disabled without unlocking its region",
  fix: "276e411604b3 drm/panthor: Unlock the locked region before disabling an AS",
  effect: "the lock stays in the slot; its next owner waits for ever in that range",
  trace: "corpus/recycle-while-locked",
  catches: [
    { by: "difference", section: "registers", kind: "missing", of: /W .*AS\d_COMMAND .*UNLOCK/ },
  ],
  overlay: overlay((final) => ({
    mmu: {
      *asDisable(ptdev, asNr, recycleSlot) {
        const { device, gpu, mmio, mmu } = final();
        ptdev.mmu.as.slotsLock.assertHeld();
        yield* device.irqDisableEvents(ptdev.mmu.irq, mmu.asFaultMask(ptdev, asNr));
        const cleanInv = CACHE_CLEAN | CACHE_INV;
        const ret = yield* gpu.flushCaches(ptdev, cleanInv, cleanInv, CACHE_INV);
        if (ret !== 0 || recycleSlot) return ret;
        yield* mmio.write64(AS_TRANSTAB(asNr), 0n);
        yield* mmio.write64(AS_MEMATTR(asNr), 0n);
        yield* mmio.write64(AS_TRANSCFG(asNr), AS_TRANSCFG_ADRMODE_UNMAPPED);
        return yield* mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UPDATE);
      },
    },
  })),
});
