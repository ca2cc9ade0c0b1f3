// The error of a failed firmware resume became the truth value of a warning, which counts as
// success. Kernel: panthor_device.c before "drm/panthor: Preserve the result returned by
// panthor_fw_resume()".

import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const resumeErrorLost = regression({
  id: "resume-error-lost",
  title: "A failed resume counts as success",
  fix: "4bd56ca8226d drm/panthor: Preserve the result returned by panthor_fw_resume()",
  effect: "jobs go to a device that is not running",
  trace: "corpus/resume-fails",
  catches: [{ by: "warning", of: /panthor_fw_resume/ }],
  overlay: overlay((final) => ({
    device: {
      *resumeHwComponents(ptdev) {
        const { fw, gpu, mmu, pwr } = final();
        yield* pwr.resume(ptdev);
        yield* gpu.resume(ptdev);
        yield* mmu.resume(ptdev);
        const ret = yield* fw.resume(ptdev);
        if (!ptdev.base.warnOn(ret !== 0, "panthor_fw_resume(ptdev)")) return 0;
        yield* mmu.suspend(ptdev);
        yield* gpu.suspend(ptdev);
        yield* pwr.suspend(ptdev);
        return 1;
      },
    },
  })),
});
