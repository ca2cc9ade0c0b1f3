// Patch 2/8: groups in user-submit mode. Ring buffer and user I/O pages get a fake offset, which is
// returned with the queues; there is no sync object of the kernel's. RFC: panthor_drv.c,
// panthor_sched.c.

import { EINVAL } from "../../machine/errno.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import { MAX_CS_PER_CSG } from "../../driver/fw/iface-bits.ts";
import { DRM_PANTHOR_BO_NO_MMAP, type PanthorGemObject } from "../../driver/gem/types.ts";
import type { PanthorQueue } from "../../driver/sched/types.ts";
import { uobjCount } from "../../driver/drv/uobj.ts";
import { patch } from "../patch.ts";
import { groupStateOps } from "./group-state.ts";
import { withCommands } from "./ioctl-numbers.ts";
import { userFile, userGroup } from "./state.ts";
import { DRM_PANTHOR_GROUP_CREATE_USER_SUBMIT, type UserGroupCreateArgs } from "./uapi.ts";
import { usubOverlay } from "./unit.ts";
import { windowOps } from "./window.ts";

const userQueue = Symbol("user submission: queue");
const isUserQueue = (queue: PanthorQueue): boolean => userQueue in queue;

/** -EACCES of drm_gem_mmap(). */
const EACCES = 13;

export const groupCreate = patch({
  id: "user-submission/02",
  title: "drm/panthor: Extend GROUP_CREATE for user submission",
  source: "20240828172605.19176-3-mihail.atanassov@arm.com",
  observable:
    "groups with the new flag have no sync object of the kernel's and take no jobs; GROUP_CREATE " +
    "writes the queues back",
  overlay: usubOverlay((drv, prev) => ({
    usub: { ...groupStateOps(drv), ...windowOps(drv) },
    drv: {
      ...withCommands(prev.drv, ["GROUP_CREATE"]),
      *open(ptdev, options) {
        const file = yield* prev.drv.open(ptdev, options);
        if (typeof file !== "number") Object.assign(userFile(file.pfile), { file });
        return file;
      },
      *postclose(file) {
        yield* prev.drv.postclose(file);
        userFile(file.pfile).freed = true;
      },
      *ioctlGroupCreate(file, args) {
        const { sched, usub } = drv();
        const user = args as UserGroupCreateArgs;
        const count = uobjCount(user.queues);
        if (count === 0 || count > MAX_CS_PER_CSG) return -EINVAL;
        const queues = usub.getQueueArray(user.queues);
        if (typeof queues === "number") return queues;
        if (!usub.queueOffsetsAreClear(queues)) return -EINVAL;
        const ret = drv().drv.groupPriorityPermit(file, args.priority);
        if (ret !== 0) return ret;
        const queueArgs = queues.map((q) => ({
          priority: q.priority ?? 0,
          pad: q.pad ?? ([0, 0, 0] as const),
          ringbufSize: q.ringbufSize,
        }));
        const groupArgs = { ...args, queues: { count }, pad: args.pad ?? 0 };
        const { pfile } = file;
        const handle = yield* sched.groupCreate(pfile, groupArgs, queueArgs, file.clientId);
        if (handle < 0) return handle;
        args.groupHandle = handle;
        return yield* usub.copyQueuesBack(user, pfile.groups!.xa.get(handle)!, queues);
      },
      *gemMmap(file, offset, length, shared) {
        for (const bo of userFile(file.pfile).allowed) {
          if (bo.mmapOffset !== offset || offset === 0) continue;
          const ret = yield* drv().gem.mmap(bo);
          return ret === 0 ? bo : ret;
        }
        const ret = yield* prev.drv.gemMmap(file, offset, length, shared);
        if (ret !== -EINVAL) return ret;
        return isQueueOffset(file.pfile.ptdev, offset) ? -EACCES : ret;
      },
    },
    fw: {
      *allocQueueIfaceMem(ptdev) {
        const iface = yield* prev.fw.allocQueueIfaceMem(ptdev);
        if (typeof iface !== "number") mayBeMapped(iface.mem.obj);
        return iface;
      },
    },
    sched: {
      groupCheckArgs(ptdev, args) {
        const flags = args.pad;
        if ((flags & ~DRM_PANTHOR_GROUP_CREATE_USER_SUBMIT) !== 0) return -EINVAL;
        return prev.sched.groupCheckArgs(ptdev, { ...args, pad: 0 });
      },
      groupAlloc(ptdev, args) {
        const group = prev.sched.groupAlloc(ptdev, args);
        const flags = args.pad;
        userGroup(group).userSubmit = (flags & DRM_PANTHOR_GROUP_CREATE_USER_SUBMIT) !== 0;
        return group;
      },
      *groupInit(pfile, group, args, queueArgs, drmClientId) {
        const { usub } = drv();
        userGroup(group).pfile = pfile;
        const eventfds = args as unknown as UserGroupCreateArgs;
        const ret = yield* usub.groupGetEventfds(pfile, group, eventfds);
        if (ret !== 0) return ret;
        return yield* prev.sched.groupInit(pfile, group, args, queueArgs, drmClientId);
      },
      *groupAllocSyncobjs(group, queueCount) {
        if (userGroup(group).userSubmit) return 0;
        return yield* prev.sched.groupAllocSyncobjs(group, queueCount);
      },
      *groupCreateQueue(group, args, drmClientId, gid, qid) {
        const queue = yield* prev.sched.groupCreateQueue(group, args, drmClientId, gid, qid);
        if (typeof queue === "number") return queue;
        mayBeMapped(queue.ringbuf!.obj);
        queue.doorbellId = 0xff;
        if (userGroup(group).userSubmit) Object.assign(queue, { [userQueue]: true });
        return queue;
      },
      *groupPublish(group) {
        const ug = userGroup(group);
        for (const [handle, g] of ug.pfile!.groups!.xa) if (g === group) ug.handle = handle;
        if (ug.userSubmit) drv().usub.allowQueueMappings(ug.pfile!, group);
        yield* drv().usub.raceWindow("group_create", 0);
        drv().usub.expectNewGroup(group);
        yield* prev.sched.groupPublish(group);
      },
      *jobInit(pfile, job, groupHandle, drmClientId) {
        const ret = yield* prev.sched.jobInit(pfile, job, groupHandle, drmClientId);
        return ret === 0 && userGroup(job.group!).userSubmit ? -EINVAL : ret;
      },
      *groupFailSyncobj(group, idx) {
        if (!userGroup(group).userSubmit) yield* prev.sched.groupFailSyncobj(group, idx);
      },
      *queueResumeTimeout(queue) {
        // It times jobs, and there are none.
        if (!isUserQueue(queue)) yield* prev.sched.queueResumeTimeout(queue);
      },
      *csgSlotSyncUpdateLocked(ptdev, csgId) {
        const { group } = ptdev.scheduler.csgSlots[csgId];
        if (group === null || !userGroup(group).userSubmit) {
          return yield* prev.sched.csgSlotSyncUpdateLocked(ptdev, csgId);
        }
        const { sched } = drv();
        sched.assertEventsLocked(ptdev.scheduler);
        yield* drv().usub.groupSyncEvent(group);
        yield* sched.schedQueueWork(ptdev.scheduler, ptdev.scheduler.syncUpdWork);
      },
      *groupTermPostProcessing(group) {
        yield* prev.sched.groupTermPostProcessing(group);
        yield* drv().usub.groupStateChanged(group);
      },
      *groupFreeQueue(group, queue) {
        if (queue !== null && userGroup(group).userSubmit) {
          drv().usub.revokeQueueMappings(group, queue);
        }
        yield* prev.sched.groupFreeQueue(group, queue);
      },
      *groupReleaseWork(group) {
        yield* prev.sched.groupReleaseWork(group);
        yield* drv().usub.groupPutEventfds(group);
      },
    },
  })),
});

/** The objects lose their no-mmap flag, whatever the group is. */
function mayBeMapped(bo: PanthorGemObject): void {
  bo.flags &= ~DRM_PANTHOR_BO_NO_MMAP;
}

/** True if a group of the file's device has an object at this offset: it is another file's. */
function isQueueOffset(ptdev: PanthorDevice, offset: number): boolean {
  for (const obj of ptdev.gems.list) {
    const bo = obj as PanthorGemObject;
    if (bo.mmapOffset === offset && (bo.flags & DRM_PANTHOR_BO_NO_MMAP) === 0) return true;
  }
  return false;
}
