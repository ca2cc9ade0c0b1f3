// Jobs were created for groups that cannot run; they failed later, in run_job. Kernel:
// panthor_sched.c before "drm/panthor: Fail job creation when the group is dead".

import { EINVAL } from "../../machine/errno.ts";
import { overlay } from "../patch.ts";
import { regression } from "./regression.ts";

export const jobForDeadGroup = regression({
  id: "job-for-dead-group",
  title: "GROUP_SUBMIT to a dead group succeeds",
  fix: "69685cdb7b06 drm/panthor: Fail job creation when the group is dead",
  effect: "the ioctl returns 0, and the job is cancelled instead of refused",
  trace: "07d-cs-fatal",
  catches: [{ by: "result", of: /GROUP_SUBMIT|group_submit/ }],
  overlay: overlay((final) => ({
    sched: {
      *jobInit(pfile, job, groupHandle, drmClientId) {
        const { sched } = final();
        const group = yield* sched.groupFromHandle(pfile.groups!, groupHandle);
        job.group = group;
        const queue = group?.queues[job.queueIdx] ?? null;
        if (group === null || queue === null) return -EINVAL;
        job.profiling.mask = pfile.ptdev.profileMask;
        const credits = sched.calcJobCredits(job.profiling.mask);
        if (credits === 0) return -EINVAL;
        return job.init(queue.entity!, credits, group, drmClientId);
      },
    },
  })),
});
