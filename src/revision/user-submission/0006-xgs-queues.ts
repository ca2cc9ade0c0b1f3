// Patch 6/8: cross-group sync queues. Jobs are lists of waits and signals on native sync objects,
// carried out by the CPU between DRM sync objects. RFC: panthor_xgs.c, panthor_drv.c,
// panthor_sched.c.

import type { Kernel } from "../../machine/core/op.ts";
import type { IoctlTable } from "../../driver/drv/file.ts";
import type { DrmFile } from "../../driver/drv/types.ts";
import { bit, bitsOf } from "../../driver/sched/bits.ts";
import { listDelInit, listEntriesSafe, listMove } from "../../driver/sched/list.ts";
import { NO_TICK, PANTHOR_CSG_PRIORITY_RT } from "../../driver/sched/types.ts";
import { patch } from "../patch.ts";
import { userGroup } from "./state.ts";
import type {
  UserSubmissionIoctls,
  XgsQueueCreateArgs,
  XgsQueueDestroyArgs,
  XgsQueueSubmitArgs,
} from "./uapi.ts";
import { withCommands } from "./ioctl-numbers.ts";
import { needs, usubOverlay } from "./unit.ts";
import { xgsEvalOps } from "./xgs-eval.ts";
import { xgsJobOps } from "./xgs-job.ts";
import { xgsQueueOps } from "./xgs-queue.ts";

/** Handlers of the series, by name. */
export type UserSubmissionTable = {
  [N in keyof UserSubmissionIoctls]?: (
    file: DrmFile,
    args: UserSubmissionIoctls[N],
  ) => Kernel<number>;
};

/** The base's table with more rows. */
export const withIoctls = (table: IoctlTable, more: UserSubmissionTable): IoctlTable =>
  ({ ...table, ...more }) as IoctlTable;

const xgsCommands = ["XGS_QUEUE_CREATE", "XGS_QUEUE_DESTROY", "XGS_QUEUE_SUBMIT"];

export const xgsQueues = patch({
  id: "user-submission/06",
  title: "drm/panthor: Add XGS queues",
  source: "20240828172605.19176-7-mihail.atanassov@arm.com",
  observable:
    "XGS jobs on rings named panthor_xgs; firmware sync events evaluate the waits of the group's " +
    "file with the scheduler's lock held; sync_upd_work asks for a tick",
  overlay: usubOverlay((drv, prev) => {
    needs(prev, "syncobjCreate", "user-submission/06", "user-submission/05");
    return {
      usub: { ...xgsQueueOps(drv), ...xgsJobOps(drv), ...xgsEvalOps(drv) },
      drv: {
        ...withCommands(prev.drv, xgsCommands),
        *open(ptdev, options) {
          const file = yield* prev.drv.open(ptdev, options);
          if (typeof file !== "number") drv().usub.xgsPoolCreate(file.pfile);
          return file;
        },
        *submitCtxAddDepsAndArmJobs(ctx) {
          // With the reservations of the VM locked: an allocation may go into reclaim here.
          yield* drv().usub.raceWindow("submit", 0);
          return yield* prev.drv.submitCtxAddDepsAndArmJobs(ctx);
        },
        ioctlTable() {
          return withIoctls(prev.drv.ioctlTable(), {
            XGS_QUEUE_CREATE: (file, args: XgsQueueCreateArgs) =>
              drv().usub.ioctlXgsQueueCreate(file.pfile, args),
            XGS_QUEUE_DESTROY: (file, args: XgsQueueDestroyArgs) =>
              drv().usub.ioctlXgsQueueDestroy(file.pfile, args),
            XGS_QUEUE_SUBMIT: (file, args: XgsQueueSubmitArgs) =>
              drv().usub.ioctlXgsQueueSubmit(file, args),
          });
        },
      },
      sched: {
        // panthor_postclose(): after the groups, before the VMs.
        *groupPoolDestroy(pfile) {
          yield* prev.sched.groupPoolDestroy(pfile);
          yield* drv().usub.xgsPoolDestroy(pfile);
        },
        *csgSlotSyncUpdateLocked(ptdev, csgId) {
          const { group } = ptdev.scheduler.csgSlots[csgId];
          const pfile = group === null ? null : userGroup(group).pfile;
          if (pfile !== null) yield* drv().usub.xgsRecheckForEvent(pfile);
          yield* prev.sched.csgSlotSyncUpdateLocked(ptdev, csgId);
        },
        *syncUpdWork(sched) {
          const ops = drv().sched;
          let immediateTick = false;
          yield* sched.lock.lock();
          for (const group of listEntriesSafe(sched.groups.waiting)) {
            let unblocked = 0;
            for (const csId of bitsOf(group.blockedQueues)) {
              const ret = yield* ops.queueEvalSyncwait(group, csId);
              if (ret < 0) drv().usub.syncwaitFailed(group.ptdev, ret);
              if (ret !== 0) unblocked |= bit(csId);
            }
            if (unblocked !== 0) {
              group.blockedQueues &= ~unblocked;
              if (group.csgId < 0) {
                listMove(group.runNode, sched.groups.runnable[group.priority]);
                if (group.priority === PANTHOR_CSG_PRIORITY_RT) immediateTick = true;
              }
              // XGS jobs unblock groups while the scheduler sleeps.
              if (sched.reschedTarget === NO_TICK) immediateTick = true;
            }
            if (group.blockedQueues === 0) listDelInit(group.waitNode);
          }
          yield* sched.lock.unlock();
          if (immediateTick) yield* ops.schedQueueDelayedWork(sched, sched.tickWork, 0);
        },
      },
    };
  }),
});
