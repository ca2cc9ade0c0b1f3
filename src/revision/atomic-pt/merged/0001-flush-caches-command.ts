// FLUSH_PT and FLUSH_MEM are gone on later GPUs: caches are flushed by GPU_CMD, and as that does not
// end the lock, UNLOCK follows. Kernel: panthor_mmu.c, merged as dd11c7dec74b.

import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import {
  AS_COMMAND_FLUSH_MEM,
  AS_COMMAND_FLUSH_PT,
  AS_COMMAND_UNLOCK,
} from "../../../driver/mmu/regs.ts";
import { overlay, patch } from "../../patch.ts";

export const flushCachesCommand = patch({
  id: "atomic-pt/merged-0001",
  title: "Make MMU cache maintenance use FLUSH_CACHES command",
  source: "dd11c7dec74b",
  observable: "GPU_CMD = 0x304 (0x3304 at AS enable and disable), then UNLOCK, for the AS flushes",
  overlay: overlay((final, prev) => ({
    mmu: {
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        const { gpu, mmu } = final();
        if (cmd !== AS_COMMAND_FLUSH_MEM && cmd !== AS_COMMAND_FLUSH_PT) {
          return yield* prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd);
        }
        const cleanInv = CACHE_CLEAN | CACHE_INV;
        const lsc = cmd === AS_COMMAND_FLUSH_MEM ? cleanInv : 0;
        let ret = yield* mmu.waitReady(ptdev, asNr);
        if (ret === 0) ret = yield* gpu.flushCaches(ptdev, cleanInv, lsc, 0);
        if (ret !== 0) return ret;
        yield* mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UNLOCK);
        return yield* mmu.waitReady(ptdev, asNr);
      },
    },
  })),
});
