// FLUSH_PT and FLUSH_MEM are gone on later GPUs: caches are flushed by GPU_CMD, and as that does not
// end the lock, UNLOCK follows. Kernel: panthor_mmu.c, merged as dd11c7dec74b.

import type { PanthorDevice } from "../../../driver/device/types.ts";
import type { Driver } from "../../../driver/driver.ts";
import { CACHE_CLEAN, CACHE_INV } from "../../../driver/gpu/regs.ts";
import {
  AS_COMMAND_FLUSH_MEM,
  AS_COMMAND_FLUSH_PT,
  AS_COMMAND_UNLOCK,
} from "../../../driver/mmu/regs.ts";
import type { Kernel } from "../../../machine/core/op.ts";
import { overlay, patch } from "../../patch.ts";

/** Whether a command of an address space is one that GPU_CMD takes the place of. */
export const isFlush = (cmd: number): boolean =>
  cmd === AS_COMMAND_FLUSH_MEM || cmd === AS_COMMAND_FLUSH_PT;

/** The flush in the place of an AS command. */
export function flushFor({ gpu }: Driver, ptdev: PanthorDevice, cmd: number): Kernel<number> {
  const cleanInv = CACHE_CLEAN | CACHE_INV;
  return gpu.flushCaches(ptdev, cleanInv, cmd === AS_COMMAND_FLUSH_MEM ? cleanInv : 0, 0);
}

export const flushCachesCommand = patch({
  id: "atomic-pt/merged-0001",
  title: "Make MMU cache maintenance use FLUSH_CACHES command",
  source: "dd11c7dec74b",
  observable: "GPU_CMD = 0x304 (0x3304 at AS enable and disable), then UNLOCK, for the AS flushes",
  overlay: overlay((final, prev) => ({
    mmu: {
      *asSendCmdAndWait(ptdev, asNr, cmd) {
        const { mmu } = final();
        if (!isFlush(cmd)) return yield* prev.mmu.asSendCmdAndWait(ptdev, asNr, cmd);
        let ret = yield* mmu.waitReady(ptdev, asNr);
        if (ret === 0) ret = yield* flushFor(final(), ptdev, cmd);
        if (ret !== 0) return ret;
        yield* mmu.asSendCmdAndWait(ptdev, asNr, AS_COMMAND_UNLOCK);
        return yield* mmu.waitReady(ptdev, asNr);
      },
    },
  })),
});
