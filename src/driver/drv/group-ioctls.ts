// Group ioctls: creation, destruction, state, submission. Kernel: panthor_drv.c
// (panthor_ioctl_group_*).

import type { Kernel } from "../../machine/core/op.ts";
import { EINVAL, ENODEV } from "../../machine/errno.ts";
import type { Driver } from "../driver.ts";
import { MAX_CS_PER_CSG } from "../fw/iface-bits.ts";
import type { PanthorJob } from "../sched/types.ts";
import { tellQueues } from "./tell-queues.ts";
import type { DrmFile } from "./types.ts";
import type * as uapi from "./uapi.ts";
import { getUobjArray, uobj, uobjCount } from "./uobj.ts";

export const groupIoctlOps = (drv: Driver) => ({
  /** panthor_ioctl_group_create(). */
  *ioctlGroupCreate(file: DrmFile, args: uapi.GroupCreateArgs): Kernel<number> {
    const count = uobjCount(args.queues);
    if (count === 0 || count > MAX_CS_PER_CSG) return -EINVAL;
    const queues = getUobjArray(args.queues, uobj.queueCreate, drv.linux.memory);
    if (typeof queues === "number") return queues;
    const ret = drv.drv.groupPriorityPermit(file, args.priority);
    if (ret !== 0) return ret;
    const queueArgs = queues.map((queue) => ({
      priority: queue.priority ?? 0,
      pad: queue.pad ?? ([0, 0, 0] as const),
      ringbufSize: queue.ringbufSize,
    }));
    const groupArgs = { ...args, queues: { count }, pad: args.pad ?? 0 };
    const handle = yield* drv.sched.groupCreate(file.pfile, groupArgs, queueArgs, file.clientId);
    if (handle < 0) return handle;
    args.groupHandle = handle;
    return 0;
  },

  /** panthor_ioctl_group_destroy(). */
  *ioctlGroupDestroy(file: DrmFile, args: uapi.GroupDestroyArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    const group = file.pfile.groups!.xa.get(args.groupHandle);
    const ret = yield* drv.sched.groupDestroy(file.pfile, args.groupHandle);
    if (ret === 0) tellQueues(drv.linux.rec, group!);
    return ret;
  },

  /** panthor_ioctl_group_get_state(). */
  *ioctlGroupGetState(file: DrmFile, args: uapi.GroupGetStateArgs): Kernel<number> {
    const { groupHandle, pad } = args;
    const getState = { groupHandle, state: 0, fatalQueues: 0, pad: pad ?? 0 };
    const ret = yield* drv.sched.groupGetState(file.pfile, getState);
    args.state = getState.state;
    args.fatalQueues = getState.fatalQueues;
    return ret;
  },

  /** panthor_ioctl_group_submit(). */
  *ioctlGroupSubmit(file: DrmFile, args: uapi.GroupSubmitArgs): Kernel<number> {
    if (args.pad) return -EINVAL;
    const { base } = file.pfile.ptdev;
    if (!base.enter()) return -ENODEV;
    const submits = getUobjArray(args.queueSubmits, uobj.queueSubmit, drv.linux.memory);
    const ret =
      typeof submits === "number"
        ? submits
        : yield* drv.drv.groupSubmit(file, args.groupHandle, submits);
    yield* base.exit();
    return ret;
  },

  /** The part of panthor_ioctl_group_submit() with a submission context. */
  *groupSubmit(
    file: DrmFile,
    groupHandle: number,
    submits: readonly uapi.QueueSubmit[],
  ): Kernel<number> {
    const ctx = drv.drv.submitCtxInit<PanthorJob>(file);
    if (typeof ctx === "number") return ctx;
    let ret = 0;
    for (let i = 0; i < submits.length; i++) {
      const submit = submits[i];
      const qsubmit = {
        queueIndex: submit.queueIndex,
        streamSize: submit.streamSize ?? 0,
        streamAddr: submit.streamAddr ?? 0,
        latestFlush: submit.latestFlush ?? 0,
        pad: submit.pad ?? 0,
      };
      const created = yield* drv.sched.jobCreate(
        file.pfile,
        // A u16 in C.
        groupHandle & 0xffff,
        qsubmit,
        file.clientId,
      );
      ret =
        typeof created === "number" ? created : drv.drv.submitCtxAddJob(ctx, created, submit.syncs);
      if (ret !== 0) break;
    }
    // Signal operations of all jobs first, so that a job can wait for one before it.
    if (ret === 0) ret = yield* drv.drv.submitCtxCollectJobsSignalOps(ctx);
    // The VM's reservation also serializes arming and pushing on the group's entities.
    if (ret === 0 && submits.length > 0) {
      const vm = drv.sched.jobVm(ctx.jobs[0].job!);
      ret = yield* ctx.exec.untilAllLocked(() =>
        drv.mmu.vmPrepareMappedBosResvs(ctx.exec, vm, submits.length),
      );
    }
    if (ret === 0) ret = yield* drv.drv.submitCtxAddDepsAndArmJobs(ctx);
    if (ret === 0) {
      yield* drv.drv.submitCtxPushJobs(ctx, (exec, job) => drv.sched.jobUpdateResvs(exec, job));
    }
    yield* drv.drv.submitCtxCleanup(ctx, (job) => drv.sched.jobPut(job));
    return ret;
  },
});
