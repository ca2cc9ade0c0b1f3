// Jobs: creation, references, release. Kernel: panthor_sched.c (7.3), job_release() to
// panthor_job_update_resvs().

import { done, type Kernel } from "../../machine/core/op.ts";
import type { DrmExec } from "../../machine/dma-fence/exec.ts";
import { Usage } from "../../machine/dma-fence/resv.ts";
import { EINVAL, ENOMEM } from "../../machine/errno.ts";
import { Kref } from "../../machine/kref.ts";
import type { Driver } from "../driver.ts";
import type { PanthorFile } from "../drv/types.ts";
import type { PanthorVm } from "../mmu/types.ts";
import { listEmpty } from "./list.ts";
import { PanthorJob } from "./types.ts";
import type { DrmPanthorQueueSubmit } from "./types.ts";

export const jobOps = (drv: Driver) => ({
  /** job_release(). */
  *jobRelease(job: PanthorJob): Kernel<void> {
    const group = job.group;
    group?.ptdev.base.warnOn(!listEmpty(job.node), "!list_empty(&job->node)");
    if (job.sFence !== null) yield* job.cleanup();
    // Without a fence it never ran; C frees the memory that was set aside for it.
    if (job.doneFence !== null) yield* job.doneFence.put();
    yield* drv.sched.groupPut(group);
  },

  /** panthor_job_get(). */
  jobGet(job: PanthorJob): PanthorJob {
    job.refcount.get();
    return job;
  },

  /** panthor_job_put(). */
  jobPut(job: PanthorJob | null): Kernel<void> {
    return job !== null && job.refcount.putTest() ? drv.sched.jobRelease(job) : done();
  },

  /** panthor_job_vm(). */
  jobVm(job: PanthorJob): PanthorVm {
    return job.group!.vm!;
  },

  /** panthor_job_create(): checks of one element of GROUP_SUBMIT's array, then the job. */
  *jobCreate(
    pfile: PanthorFile,
    groupHandle: number,
    qsubmit: DrmPanthorQueueSubmit,
    drmClientId: number,
  ): Kernel<PanthorJob | number> {
    if (qsubmit.pad !== 0) return -EINVAL;
    // Both zero, or neither.
    if ((qsubmit.streamSize === 0) !== (qsubmit.streamAddr === 0)) return -EINVAL;
    // A cache line; an instruction.
    if (qsubmit.streamAddr % 64 !== 0 || (qsubmit.streamSize & 7) !== 0) return -EINVAL;
    if ((qsubmit.latestFlush & 0x7f000000) !== 0) return -EINVAL;

    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const job = new PanthorJob();
    job.refcount = new Kref("panthor_job", drv.linux.krefs);
    job.queueIdx = qsubmit.queueIndex;
    job.callInfo.size = qsubmit.streamSize;
    job.callInfo.start = qsubmit.streamAddr;
    job.callInfo.latestFlush = qsubmit.latestFlush;

    const ret = yield* drv.sched.jobInit(pfile, job, groupHandle, drmClientId);
    if (ret === 0) return job;
    yield* drv.sched.jobPut(job);
    return ret;
  },

  /** The second half of panthor_job_create(): group, credits, DRM scheduler. */
  *jobInit(
    pfile: PanthorFile,
    job: PanthorJob,
    groupHandle: number,
    drmClientId: number,
  ): Kernel<number> {
    const group = yield* drv.sched.groupFromHandle(pfile.groups!, groupHandle);
    job.group = group;
    if (group === null || !drv.sched.groupCanRun(group)) return -EINVAL;
    const queue = job.queueIdx < group.queueCount ? group.queues[job.queueIdx] : null;
    if (queue === null) return -EINVAL;
    // An empty job shares the fence of the one before.
    if (job.callInfo.size !== 0 && drv.linux.memory.failsNow()) return -ENOMEM;

    job.profiling.mask = pfile.ptdev.profileMask;
    const credits = drv.sched.calcJobCredits(job.profiling.mask);
    if (credits === 0) return -EINVAL;
    return job.init(queue.entity!, credits, group, drmClientId);
  },

  /** panthor_job_update_resvs(). */
  jobUpdateResvs(exec: DrmExec, job: PanthorJob): Kernel<void> {
    const { finished } = job.sFence!;
    return drv.mmu.vmUpdateResvs(job.group!.vm!, exec, finished, Usage.bookkeep, Usage.bookkeep);
  },
});
