// A job for an idle group that still has its slot did not resume the tick. Kernel: panthor_sched.c
// before "drm/panthor: Make sure we resume the tick when new jobs are submitted".

import { bit } from "../../driver/sched/bits.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const tickNotResumed = regression({
  id: "tick-not-resumed",
  title: "A submit to a group on a slot does not resume the tick",
  fix: "99820b4b7e50 drm/panthor: Make sure we resume the tick when new jobs are submitted",
  effect: "no rotation between groups that became active on their slots",
  trace: "corpus/idle-groups-on-slots",
  catches: [{ by: "sequence", aspect: "work items", kind: "missing", of: /run tick_work/ }],
  overlay: overlay((final) => ({
    sched: {
      *queueKick(queue, job) {
        const { devfreq, fw, sched } = final();
        const group = job.group!;
        const { ptdev } = group;
        yield* fw.ringDoorbell(ptdev, queue.doorbellId);
        const blocked = (group.blockedQueues & bit(job.queueIdx)) !== 0;
        if (!ptdev.scheduler.pm.hasRef && !blocked) {
          yield* ptdev.pmRuntime.get();
          ptdev.scheduler.pm.hasRef = true;
        }
        yield* sched.queueResumeTimeout(queue);
        yield* devfreq.recordBusy(ptdev);
      },
    },
  })),
});
