// A cache flush that timed out was reported and nothing else: no reset, and its request stayed
// pending for ever. Kernel: panthor_gpu.c before 3c0a60195b37.

import { GPU_CMD, GPU_IRQ_CLEAN_CACHES_COMPLETED } from "../../driver/gpu/regs.ts";
import { ETIMEDOUT } from "../../machine/errno.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const noRecoveryFromStuckFlush = regression({
  id: "no-recovery-from-stuck-flush",
  title: "No reset after a stuck cache flush",
  fix: "3c0a60195b37 drm/panthor: Recover from panthor_gpu_flush_caches() failures",
  effect:
    "each later flush waits 100 ms for nothing, with a warning; the device is not reset by it",
  trace: "07k-cache-flush-stuck",
  catches: [{ by: "warning", of: /pending_reqs/ }],
  overlay: overlay((final) => ({
    gpu: {
      *flushCachesLocked(ptdev, command) {
        const { gpu, mmio } = final();
        const done = GPU_IRQ_CLEAN_CACHES_COMPLETED;
        yield* ptdev.gpu.reqsLock.lockIrqsave();
        const pending = (ptdev.gpu.pendingReqs & done) !== 0;
        const what = "ptdev->gpu->pending_reqs & GPU_IRQ_CLEAN_CACHES_COMPLETED";
        if (!ptdev.base.warnOn(pending, what)) {
          ptdev.gpu.pendingReqs |= done;
          yield* mmio.write32(GPU_CMD, command);
        }
        yield* ptdev.gpu.reqsLock.unlockIrqrestore();
        if (yield* gpu.waitRequest(ptdev, done)) return 0;
        yield* ptdev.base.err("Flush caches timeout");
        return -ETIMEDOUT;
      },
    },
  })),
});
