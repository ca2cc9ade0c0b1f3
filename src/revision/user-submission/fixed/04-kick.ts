// GROUP_KICK says what is wrong with its arguments, does nothing for empty rings, and treats a
// group with a slot as a job that is submitted to it.

import { ECANCELED, EINVAL } from "../../../machine/errno.ts";
import { lowBits } from "../../../driver/sched/bits.ts";
import { NO_TICK } from "../../../driver/sched/types.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { usubOverlay } from "../unit.ts";
import { queuesWithWork } from "./03-eviction.ts";

export const kickChecks = patch({
  id: "user-submission/fix-04",
  title: "drm/panthor: Check the arguments of GROUP_KICK, and keep a resident group powered",
  source: "corrects patch 4 (USUB-1, USUB-6, USUB-8)",
  observable: "-EINVAL and -ECANCELED; a runtime PM reference for a kicked resident group",
  overlay: usubOverlay((drv, prev) => ({
    usub: {
      *groupKick(pfile, handle, queueMask) {
        const { sched, usub } = drv();
        const group = yield* usub.groupLookup(pfile, handle);
        if (group === null) return -EINVAL;
        let ret = 0;
        const beyond = (queueMask & ~lowBits(group.queueCount)) !== 0;
        if (!userGroup(group).userSubmit || queueMask === 0 || beyond) ret = -EINVAL;
        else if (!sched.groupCanRun(group)) ret = -ECANCELED;
        else if ((queuesWithWork(group) & queueMask) !== 0) {
          ret = yield* prev.usub.groupKick(pfile, handle, queueMask);
        }
        yield* sched.groupPut(group);
        return ret;
      },
      *kickResident(group, queueMask) {
        const { ptdev } = group;
        const { scheduler } = ptdev;
        const idle = drv().sched.groupIsIdle(group);
        group.idleQueues &= ~queueMask;
        if (idle && scheduler.reschedTarget === NO_TICK) yield* drv().sched.schedResumeTick(ptdev);
        yield* prev.usub.kickResident(group, queueMask);
        if (!scheduler.pm.hasRef && (group.blockedQueues & queueMask) === 0) {
          yield* ptdev.pmRuntime.get();
          scheduler.pm.hasRef = true;
        }
        yield* drv().devfreq.recordBusy(ptdev);
      },
    },
  })),
});
