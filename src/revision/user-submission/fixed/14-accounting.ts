// fdinfo of user-submit groups: there are no jobs to measure, so the time on a slot counts, in whole
// milliseconds and at the fastest clock.

import type { PanthorGroup } from "../../../driver/sched/types.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { usubOverlay } from "../unit.ts";

const msNs = 1_000_000;

export const accounting = patch({
  id: "user-submission/fix-14",
  title: "drm/panthor: Account user-submit groups by their time on a slot",
  source: "corrects patch 2 (USUB-42)",
  observable: "drm-cycles-panthor of clients that submit by themselves",
  overlay: usubOverlay((drv, prev) => {
    const since = new Map<PanthorGroup, number>();
    return {
      sched: {
        *groupBindLocked(group, csgId) {
          const ret = yield* prev.sched.groupBindLocked(group, csgId);
          if (ret === 0 && userGroup(group).userSubmit) since.set(group, drv().linux.m.now);
          return ret;
        },
        *groupUnbindLocked(group) {
          const start = since.get(group);
          since.delete(group);
          if (start !== undefined) {
            const ms = Math.floor((drv().linux.m.now - start) / msNs);
            const cyclesPerMs = BigInt(Math.floor(group.ptdev.fastRate / 1000));
            yield* drv().sched.fdinfoLock(group);
            group.fdinfo.data.cycles += BigInt(ms) * cyclesPerMs;
            yield* drv().sched.fdinfoUnlock(group);
          }
          return yield* prev.sched.groupUnbindLocked(group);
        },
      },
    };
  }),
});
