// User-submit groups: what is different about them. RFC patch 2 (panthor_sched.c, panthor_drv.c).

import { type Atomic, done, type Kernel } from "../../machine/core/op.ts";
import { E2BIG, EFAULT, EINVAL } from "../../machine/errno.ts";
import type { ObjArray } from "../../driver/drv/uapi.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import type { PanthorGemObject } from "../../driver/gem/types.ts";
import { listEmpty } from "../../driver/sched/list.ts";
import type { PanthorGroup, PanthorQueue } from "../../driver/sched/types.ts";
import { userFile, userGroup } from "./state.ts";
import type { UsubDriver } from "./unit.ts";
import { userUobj, type UserGroupCreateArgs, type UserQueueCreate } from "./uapi.ts";

export const groupStateOps = (drv: () => UsubDriver) => ({
  /** panthor_get_uobj_array() of the queues: elements of any stride that this kernel knows. */
  getQueueArray(array: ObjArray<UserQueueCreate> | undefined): UserQueueCreate[] | number {
    if (array === undefined) return [];
    let queues: readonly UserQueueCreate[];
    if (Array.isArray(array)) queues = array as readonly UserQueueCreate[];
    else {
      const strided = array as Exclude<typeof array, readonly UserQueueCreate[]>;
      if (strided.stride < userUobj.queueCreate.min) return -EINVAL;
      if (strided.trailing === true) return -E2BIG;
      if (strided.array === null || strided.array.length < strided.count) return -EFAULT;
      queues = strided.array.slice(0, strided.count);
    }
    return queues.some((q) => (q.trailing ?? 0) !== 0) ? -E2BIG : queues.slice();
  },

  /** panthor_ioctl_group_create(): the fields of a queue that are for the kernel to fill in. */
  queueOffsetsAreClear(queues: readonly UserQueueCreate[]): boolean {
    return queues.every(
      (q) => !(q.ringbufOffset ?? 0) && !(q.userIoOffset ?? 0) && !(q.doorbellOffset ?? 0),
    );
  },

  /** What user space maps a queue at: ring buffer, user I/O pages, doorbell page. */
  queueOffsets(group: PanthorGroup, cs: number): Required<Pick<UserQueueCreate, Offsets>> {
    const queue = group.queues[cs]!;
    return {
      ringbufOffset: queue.ringbuf!.obj.mmapOffset,
      userIoOffset: queue.iface.mem!.obj.mmapOffset,
      doorbellOffset: drv().usub.doorbellOffset(group),
    };
  },

  /** An assertion of the model: a group that goes to the idle list is nowhere else (USUB-1). */
  expectNewGroup(group: PanthorGroup): void {
    const where = group.csgId >= 0 ? `has slot ${group.csgId}` : "is on another";
    if (group.csgId < 0 && listEmpty(group.runNode)) return;
    const { handle } = userGroup(group);
    const text = `check scheduled-once: group ${handle} goes to the idle list, and ${where}`;
    drv().linux.m.rec.log("warn", text);
  },

  /** Doorbell offset of a group; a later patch has doorbells to map. */
  doorbellOffset(_group: PanthorGroup): number {
    return 0;
  },

  /** panthor_ioctl_group_create(): panthor_set_uobj_array(), for every group (USUB-30). */
  *copyQueuesBack(
    args: UserGroupCreateArgs,
    group: PanthorGroup,
    queues: UserQueueCreate[],
  ): Kernel<number> {
    if (args.readOnlyQueues === true) return -EFAULT;
    const clear = { ringbufOffset: 0, userIoOffset: 0, doorbellOffset: 0 };
    queues.forEach((queue, cs) => {
      const offsets = userGroup(group).userSubmit ? drv().usub.queueOffsets(group, cs) : clear;
      Object.assign(queue, offsets);
    });
    return 0;
  },

  /** group_create_queue(): drm_vma_node_allow() for the opener. */
  allowQueueMappings(pfile: PanthorFile, group: PanthorGroup): void {
    for (const bo of userBos(group)) userFile(pfile).allowed.add(bo);
  },

  /** How much of a mapped object user space may write: user I/O pages are two (USUB-41). */
  writableBytes(bo: PanthorGemObject): number {
    return bo.size;
  },

  /** group_free_queue(): drm_vma_node_revoke(), through the group's pointer to the file (USUB-29). */
  revokeQueueMappings(group: PanthorGroup, queue: PanthorQueue): void {
    const { pfile } = userGroup(group);
    if (pfile === null) return;
    drv().usub.accessFile(group.ptdev, pfile, "group_free_queue");
    for (const bo of queueBos(queue)) userFile(pfile).allowed.delete(bo);
  },

  /** Reads a file's private data: KASAN says so when it has been freed. */
  accessFile(ptdev: PanthorDevice, pfile: PanthorFile, where: string): boolean {
    if (!userFile(pfile).freed) return true;
    drv().usub.useAfterFree(ptdev, "panthor_file", where);
    return false;
  },

  /** What KASAN prints; the access itself reads what was there. */
  useAfterFree(_ptdev: PanthorDevice, what: string, where: string): void {
    const text = `BUG: KASAN: slab-use-after-free in ${where} (struct ${what})`;
    drv().linux.m.rec.log("err", text);
  },

  /** xa_load() and group_get(): not under the xarray's lock (USUB-28), and without the mark. */
  *groupLookup(pfile: PanthorFile, handle: number): Kernel<PanthorGroup | null> {
    const group = pfile.groups?.xa.get(handle) ?? null;
    if (group === null) return null;
    yield* drv().usub.raceWindow("kick_lookup", handle);
    if (group.refcount.count === 0) {
      drv().usub.useAfterFree(group.ptdev, "panthor_group", "group_get");
      return null;
    }
    return drv().sched.groupGet(group);
  },

  /** group_create(): the eventfds that a later patch looks up. */
  *groupGetEventfds(
    _pfile: PanthorFile,
    _group: PanthorGroup,
    _args: UserGroupCreateArgs,
  ): Kernel<number> {
    return yield* done(0);
  },

  /** group_release_work(): the eventfds of a group. */
  groupPutEventfds(_group: PanthorGroup): Kernel<void> {
    return done();
  },

  /** csg_slot_sync_update_locked() of a user-submit group: a later patch tells user space. */
  groupSyncEvent(_group: PanthorGroup): Atomic<void> {
    return done();
  },

  /** The group's state has changed for good: nobody is told (USUB-11). */
  groupStateChanged(_group: PanthorGroup): Atomic<void> {
    return done();
  },
});

type Offsets = "ringbufOffset" | "userIoOffset" | "doorbellOffset";

const userBos = (group: PanthorGroup): PanthorGemObject[] =>
  group.queues.flatMap((queue) => (queue === null ? [] : queueBos(queue)));

const queueBos = (queue: PanthorQueue): PanthorGemObject[] =>
  [queue.ringbuf, queue.iface.mem].flatMap((kbo) => (kbo === null ? [] : [kbo.obj]));
