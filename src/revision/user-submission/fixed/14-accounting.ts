// Accounting of user-submit groups, which have no jobs to measure. In fdinfo the time on a slot
// counts, in whole milliseconds and at the fastest clock. To devfreq the time since it was last told
// was busy if a ring of a group on a slot has work, or has moved on since: nobody is told of the
// beginning of such work, and its end is the firmware's idle event, as always.

import type { PanthorGroup, PanthorQueue } from "../../../driver/sched/types.ts";
import { patch } from "../../patch.ts";
import { userGroup } from "../state.ts";
import { usubOverlay } from "../unit.ts";
import { queuesWithWork } from "./03-eviction.ts";

const msNs = 1_000_000;

export const accounting = patch({
  id: "user-submission/fix-14",
  title: "drm/panthor: Account user-submit groups by their time on a slot and their rings",
  source: "corrects patch 2 (USUB-42)",
  observable: "drm-cycles-panthor of clients that submit by themselves; the clock follows them",
  overlay: usubOverlay((drv, prev) => {
    const residents = new Residents();
    return {
      devfreq: {
        *updateUtilization(pdevfreq) {
          const known = pdevfreq.lastBusyState;
          const { worked, works } = residents.look();
          if (worked) pdevfreq.lastBusyState = true;
          yield* prev.devfreq.updateUtilization(pdevfreq);
          pdevfreq.lastBusyState = known || works;
        },
      },
      sched: {
        *groupBindLocked(group, csgId) {
          const ret = yield* prev.sched.groupBindLocked(group, csgId);
          if (ret === 0 && userGroup(group).userSubmit) residents.enter(group, drv().linux.m.now);
          return ret;
        },
        *groupUnbindLocked(group) {
          const start = residents.leave(group);
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

/**
 * User-submit groups that have a slot: a list under devfreq's lock in C. Whoever looks does not wait
 * for the scheduler's lock, under which groups are suspended.
 */
class Residents {
  private readonly since = new Map<PanthorGroup, number>();
  /** EXTRACT of each ring when it was last looked at. */
  private readonly seen = new WeakMap<PanthorQueue, number>();
  /** A ring has moved on since the last look. */
  private moved = false;

  enter(group: PanthorGroup, now: number): void {
    this.since.set(group, now);
  }

  /** Since when the group has had its slot. */
  leave(group: PanthorGroup): number | undefined {
    const since = this.since.get(group);
    if (since !== undefined) this.compare(group);
    this.since.delete(group);
    return since;
  }

  /** Whether there is work now, and whether there is or has been since the last look. */
  look(): { worked: boolean; works: boolean } {
    let works = false;
    for (const group of this.since.keys()) {
      this.compare(group);
      const stuck = group.blockedQueues | group.fatalQueues;
      if ((queuesWithWork(group) & ~stuck) !== 0) works = true;
    }
    const worked = this.moved || works;
    this.moved = false;
    return { worked, works };
  }

  private compare(group: PanthorGroup): void {
    for (const queue of group.queues) {
      const { extract } = queue!.iface.output;
      if (extract !== (this.seen.get(queue!) ?? extract)) this.moved = true;
      this.seen.set(queue!, extract);
    }
  }
}
