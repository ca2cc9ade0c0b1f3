// Hardware that is not the one of this model, played by the driver.

import { AS_COMMAND, AS_COMMAND_UNLOCK } from "../../../driver/mmu/regs.ts";
import { overlay, patch } from "../../patch.ts";

/** MMU-51. */
export const flushDropsLocks = patch({
  id: "atomic-pt/what-if-flush-drops-locks",
  title: "Each cache flush ends the locks of all address spaces",
  source: "GPUs of more than a decade ago",
  observable: "a bind loses its lock to a flush of somebody else",
  overlay: overlay((final, prev) => ({
    gpu: {
      *flushCachesLocked(ptdev, command) {
        const ret = yield* prev.gpu.flushCachesLocked(ptdev, command);
        for (const [as, { vm }] of ptdev.mmu.as.slots.entries()) {
          if (vm === null || vm.lockedRegion.size === 0) continue;
          yield* final().mmio.write32(AS_COMMAND(as), AS_COMMAND_UNLOCK);
        }
        return ret;
      },
    },
  })),
});
