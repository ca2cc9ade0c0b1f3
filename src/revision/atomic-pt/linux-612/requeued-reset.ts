// A reset that was asked for while the device was suspending is still pending when it resumes: it is
// queued again there, and until its work has run no tick is queued. The work finds the device not
// active yet, and only forgets the request (7.3 forgets it first, and boots slowly for it).
// Kernel: panthor_device.c of 6.12 (panthor_device_resume, panthor_device_reset_work).

import { pmActive } from "../../../driver/device/types.ts";
import { overlay, patch } from "../../patch.ts";

export const requeuedReset = patch({
  id: "linux-6.12/requeued-reset",
  title: "A reset that is pending at the resume is queued again",
  source: "Linux 6.12",
  observable:
    "the resume queues reset_work in the place of tick_work; the next job asks for the tick",
  overlay: overlay((final, prev) => ({
    device: {
      *resumeInitialized(ptdev) {
        const { device, sched } = final();
        const ret = yield* device.resumeHwComponents(ptdev);
        if (ret !== 0) return ret;
        yield* sched.resume(ptdev);
        // Here before drm_dev_exit(), there behind it: nobody can tell.
        if (ptdev.reset.pending) yield* ptdev.reset.wq.queueWork(ptdev.reset.work);
        return 0;
      },
      resetWork(ptdev) {
        if (ptdev.pm.state !== pmActive) ptdev.reset.pending = false;
        return prev.device.resetWork(ptdev);
      },
    },
  })),
});
