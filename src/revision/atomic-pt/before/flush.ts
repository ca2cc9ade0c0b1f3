// Cache flushes as they were: not serialised, and one that times out is reported and nothing else;
// its request stays pending. Kernel: panthor_gpu.c of 6.12 (panthor_gpu_flush_caches).

import {
  GPU_CMD,
  GPU_IRQ_CLEAN_CACHES_COMPLETED,
  gpuFlushCaches,
} from "../../../driver/gpu/regs.ts";
import { ETIMEDOUT } from "../../../machine/errno.ts";
import { overlay, patch } from "../../patch.ts";

export const flush = patch({
  id: "atomic-pt/before-flush",
  title: "No recovery from a stuck cache flush",
  source: "Linux 6.12 to 6.18",
  observable: "a flush that times out costs each later one 100 ms and a warning",
  overlay: overlay((final) => ({
    gpu: {
      flushCaches: (ptdev, l2, lsc, other) =>
        final().gpu.flushCachesLocked(ptdev, gpuFlushCaches(l2, lsc, other)),

      *flushCachesLocked(ptdev, command) {
        const { gpu, mmio } = final();
        const bit = GPU_IRQ_CLEAN_CACHES_COMPLETED;
        yield* ptdev.gpu.reqsLock.lockIrqsave();
        const pending = (ptdev.gpu.pendingReqs & bit) !== 0;
        const what = "ptdev->gpu->pending_reqs & GPU_IRQ_CLEAN_CACHES_COMPLETED";
        if (!ptdev.base.warnOn(pending, what)) {
          ptdev.gpu.pendingReqs |= bit;
          yield* mmio.write32(GPU_CMD, command);
        }
        yield* ptdev.gpu.reqsLock.unlockIrqrestore();
        if (yield* gpu.waitRequest(ptdev, bit)) return 0;
        yield* ptdev.base.err("Flush caches timeout");
        return -ETIMEDOUT;
      },
    },
  })),
});
