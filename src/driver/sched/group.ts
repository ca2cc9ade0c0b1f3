// Creation, destruction and state of groups, as the ioctls ask for.
// Kernel: panthor_sched.c (7.3), group_init_task_info(), panthor_group_create(),
// panthor_group_destroy(), panthor_group_get_state().

import type { Kernel } from "../../machine/core/op.ts";
import { EBUSY, EINVAL, ENOMEM } from "../../machine/errno.ts";
import { Kref } from "../../machine/kref.ts";
import { SpinLock } from "../../machine/lock/spinlock.ts";
import { Work } from "../../machine/workqueue/index.ts";
import type { PanthorDevice } from "../device/types.ts";
import type { Driver } from "../driver.ts";
import type { PanthorFile } from "../drv/types.ts";
import { lowBits, popcount64 } from "./bits.ts";
import { ListHead, listAddTail, listDelInit } from "./list.ts";
import { allocHandle } from "./pool.ts";
import {
  DRM_PANTHOR_GROUP_STATE_FATAL_FAULT,
  DRM_PANTHOR_GROUP_STATE_INNOCENT,
  DRM_PANTHOR_GROUP_STATE_TIMEDOUT,
  PANTHOR_CS_GROUP_CREATED,
  PANTHOR_CSG_PRIORITY_COUNT,
  syncobj64,
} from "./types.ts";
import type {
  DrmPanthorGroupCreate,
  DrmPanthorGroupGetState,
  DrmPanthorQueueCreate,
  PanthorGroup,
} from "./types.ts";

export const groupOps = (drv: Driver) => ({
  /** panthor_group_create(): the handle, or a negative errno. */
  *groupCreate(
    pfile: PanthorFile,
    groupArgs: DrmPanthorGroupCreate,
    queueArgs: readonly DrmPanthorQueueCreate[],
    drmClientId: number,
  ): Kernel<number> {
    const { ptdev } = pfile;
    const ret = drv.sched.groupCheckArgs(ptdev, groupArgs);
    if (ret !== 0) return ret;
    if (drv.linux.memory.failsNow()) return -ENOMEM;
    const group = drv.sched.groupAlloc(ptdev, groupArgs);
    const gid = yield* drv.sched.groupInit(pfile, group, groupArgs, queueArgs, drmClientId);
    if (gid < 0) yield* drv.sched.groupPut(group);
    return gid;
  },

  /** panthor_group_create(): what user space may ask for. */
  groupCheckArgs(ptdev: PanthorDevice, args: DrmPanthorGroupCreate): number {
    const { shaderPresent, tilerPresent } = ptdev.gpuInfo;
    if (args.pad !== 0) return -EINVAL;
    if (args.priority >= PANTHOR_CSG_PRIORITY_COUNT) return -EINVAL;
    if ((args.computeCoreMask & ~shaderPresent) !== 0n) return -EINVAL;
    if ((args.fragmentCoreMask & ~shaderPresent) !== 0n) return -EINVAL;
    if ((args.tilerCoreMask & ~tilerPresent) !== 0n) return -EINVAL;
    if (popcount64(args.computeCoreMask) < args.maxComputeCores) return -EINVAL;
    if (popcount64(args.fragmentCoreMask) < args.maxFragmentCores) return -EINVAL;
    if (popcount64(args.tilerCoreMask) < args.maxTilerCores) return -EINVAL;
    return args.queues.count > ptdev.scheduler.csSlotCount ? -EINVAL : 0;
  },

  /** panthor_group_create(): the object, in the task that makes it (group_init_task_info()). */
  groupAlloc(ptdev: PanthorDevice, args: DrmPanthorGroupCreate): PanthorGroup {
    const { m } = drv.linux;
    const group: PanthorGroup = {
      refcount: new Kref("panthor_group", drv.linux.krefs),
      ptdev,
      vm: null,
      computeCoreMask: args.computeCoreMask,
      fragmentCoreMask: args.fragmentCoreMask,
      tilerCoreMask: args.tilerCoreMask,
      maxComputeCores: args.maxComputeCores,
      maxFragmentCores: args.maxFragmentCores,
      maxTilerCores: args.maxTilerCores,
      priority: args.priority,
      blockedQueues: 0,
      idleQueues: 0,
      fatalLock: new SpinLock(m, "&group->fatal_lock"),
      fatalQueues: 0,
      tilerOom: 0,
      queueCount: 0,
      queues: [],
      csgId: -1,
      destroyed: false,
      timedout: false,
      innocent: false,
      syncobjs: null,
      fdinfo: {
        data: { time: 0n, cycles: 0n },
        lock: new SpinLock(m, "&group->fdinfo.lock"),
        kboSizes: 0,
      },
      taskInfo: { pid: 0, comm: "" },
      state: PANTHOR_CS_GROUP_CREATED,
      suspendBuf: null,
      protmSuspendBuf: null,
      termWork: new Work("group_term_work", () => drv.sched.groupTermWork(group)),
      syncUpdWork: new Work("group_sync_upd_work", () => drv.sched.groupSyncUpdWork(group)),
      tilerOomWork: new Work("group_tiler_oom_work", () => drv.sched.groupTilerOomWork(group)),
      releaseWork: new Work("group_release_work", () => drv.sched.groupReleaseWork(group)),
      runNode: new ListHead<PanthorGroup>(),
      waitNode: new ListHead<PanthorGroup>(),
    };
    group.runNode.owner = group;
    group.waitNode.owner = group;
    return group;
  },

  /** panthor_group_create(): VM, buffers, handle, queues; what was made stays in the group. */
  *groupInit(
    pfile: PanthorFile,
    group: PanthorGroup,
    args: DrmPanthorGroupCreate,
    queueArgs: readonly DrmPanthorQueueCreate[],
    drmClientId: number,
  ): Kernel<number> {
    const gpool = pfile.groups!;
    group.vm = drv.mmu.vmPoolGetVm(pfile.vms!, args.vmId);
    if (group.vm === null) return -EINVAL;
    const ret = yield* drv.sched.groupAllocMemory(group, args.queues.count);
    if (ret !== 0) return ret;

    const gid = allocHandle(gpool);
    if (gid === null) return -EBUSY;
    if (gpool.xa.store(gid, group, drv.linux.memory) !== 0) return -ENOMEM;
    for (let i = 0; i < args.queues.count; i++) {
      const queue = yield* drv.sched.groupCreateQueue(group, queueArgs[i], drmClientId, gid, i);
      if (typeof queue === "number") {
        group.queues[i] = null;
        gpool.xa.delete(gid);
        return queue;
      }
      group.queues[i] = queue;
      group.queueCount++;
    }
    group.idleQueues = lowBits(group.queueCount);

    yield* drv.sched.groupPublish(group);
    drv.sched.addGroupKboSizes(group.ptdev, group);
    drv.sched.groupInitTaskInfo(group);
    gpool.registered.add(gid);
    return gid;
  },

  /** panthor_group_create(): suspend buffers, then sync objects. */
  *groupAllocMemory(group: PanthorGroup, queueCount: number): Kernel<number> {
    const { ptdev } = group;
    const { control } = drv.fw.getCsgIface(ptdev, 0);
    const suspendBuf = yield* drv.fw.allocSuspendBufMem(ptdev, control.suspendSize);
    if (typeof suspendBuf === "number") return suspendBuf;
    group.suspendBuf = suspendBuf;

    const protmBuf = yield* drv.fw.allocSuspendBufMem(ptdev, control.protmSuspendSize);
    if (typeof protmBuf === "number") return protmBuf;
    group.protmSuspendBuf = protmBuf;
    return yield* drv.sched.groupAllocSyncobjs(group, queueCount);
  },

  /** panthor_group_create(): the sync objects that jobs complete. */
  *groupAllocSyncobjs(group: PanthorGroup, queueCount: number): Kernel<number> {
    const size = queueCount * syncobj64.size;
    const syncobjs = yield* drv.sched.queueCreateBo(group, size, "Group sync objects");
    if (typeof syncobjs === "number") return syncobjs;
    group.syncobjs = syncobjs;
    const ret = yield* drv.gem.kernelBoVmap(syncobjs);
    if (ret !== 0) return ret;
    syncobjs.kmap!.zero(0, size);
    return 0;
  },

  /** panthor_group_create(): from here on the scheduler knows the group. */
  *groupPublish(group: PanthorGroup): Kernel<void> {
    const sched = group.ptdev.scheduler;
    yield* sched.reset.lock.lock();
    if (sched.reset.inProgress) yield* drv.sched.groupStop(group);
    else {
      yield* sched.lock.lock();
      listAddTail(group.runNode, sched.groups.idle[group.priority]);
      yield* sched.lock.unlock();
    }
    yield* sched.reset.lock.unlock();
  },

  /** group_init_task_info(). */
  groupInitTaskInfo(group: PanthorGroup): void {
    const task = drv.linux.m.current!;
    group.taskInfo.pid = task.pid;
    group.taskInfo.comm = task.comm;
  },

  /** panthor_group_destroy(). */
  *groupDestroy(pfile: PanthorFile, groupHandle: number): Kernel<number> {
    const gpool = pfile.groups!;
    const sched = pfile.ptdev.scheduler;
    // Only a registered group, or a handle used again could be taken from a group in creation.
    yield* gpool.xaLock.lock();
    const group = gpool.registered.has(groupHandle) ? gpool.xa.get(groupHandle)! : null;
    if (group !== null) {
      gpool.xa.delete(groupHandle);
      gpool.registered.delete(groupHandle);
    }
    yield* gpool.xaLock.unlock();
    if (group === null) return -EINVAL;

    yield* sched.reset.lock.lock();
    yield* sched.lock.lock();
    group.destroyed = true;
    if (group.csgId >= 0) yield* drv.sched.schedQueueDelayedWork(sched, sched.tickWork, 0);
    else if (!sched.reset.inProgress) {
      // Off the run lists, so that no tick picks it.
      listDelInit(group.runNode);
      listDelInit(group.waitNode);
      yield* drv.sched.groupQueueWork(group, group.termWork);
    }
    yield* sched.lock.unlock();
    yield* sched.reset.lock.unlock();

    yield* drv.sched.groupPut(group);
    return 0;
  },

  /** panthor_group_get_state(): writes the answer to `args`. */
  *groupGetState(pfile: PanthorFile, args: DrmPanthorGroupGetState): Kernel<number> {
    const sched = pfile.ptdev.scheduler;
    if (args.pad !== 0) return -EINVAL;
    const group = yield* drv.sched.groupFromHandle(pfile.groups!, args.groupHandle);
    if (group === null) return -EINVAL;

    args.groupHandle = 0;
    args.state = 0;
    args.fatalQueues = 0;
    yield* sched.lock.lock();
    if (group.timedout) args.state |= DRM_PANTHOR_GROUP_STATE_TIMEDOUT;
    if (group.fatalQueues !== 0) {
      args.state |= DRM_PANTHOR_GROUP_STATE_FATAL_FAULT;
      args.fatalQueues = group.fatalQueues;
    }
    if (group.innocent) args.state |= DRM_PANTHOR_GROUP_STATE_INNOCENT;
    yield* sched.lock.unlock();

    yield* drv.sched.groupPut(group);
    return 0;
  },
});
