// Suspending resets the GPU, and a fast boot of the firmware that fails is repeated as a slow one on
// the spot, after a flush of the whole address space of the firmware.
// Kernel: panthor_gpu.c (panthor_gpu_suspend) and panthor_fw.c (panthor_fw_post_reset) of 6.12.

import { overlay, patch } from "../../patch.ts";
import { flushRange } from "../flush-pages.ts";

export const suspend = patch({
  id: "linux-6.12/suspend",
  title: "Every suspend ends in a soft reset",
  source: "Linux 6.12",
  observable: "GPU_SOFT_RESET at each autosuspend, in the place of the L2's power-off",
  overlay: overlay((final) => ({
    gpu: {
      *suspend(ptdev) {
        const { device, gpu } = final();
        yield* gpu.softReset(ptdev);
        yield* device.irqSuspend(ptdev.gpu.irq);
      },
    },
    fw: {
      *postReset(ptdev) {
        const drv = final();
        const { fw, mmu } = drv;
        const vm = fw.vm(ptdev);
        let ret = yield* mmu.vmActive(vm);
        if (ret !== 0) return ret;
        let running = false;
        if (ptdev.reset.fast) {
          running = (yield* fw.start(ptdev)) === 0;
          if (!running) {
            yield* fw.stop(ptdev);
            ptdev.reset.fast = false;
            yield* ptdev.base.err("FW fast reset failed, trying a slow reset");
            ret = yield* flushRange(drv, vm, vm.mmStart, vm.mmRange);
            if (ret !== 0) return ret;
          }
        }
        if (!running) {
          yield* fw.reloadFwSections(ptdev, true);
          ret = yield* fw.start(ptdev);
          if (ret !== 0) {
            yield* ptdev.base.err("FW slow reset failed (couldn't start the FW )");
            return ret;
          }
        }
        yield* fw.initGlobalIface(ptdev);
        return 0;
      },
    },
  })),
});
