// A fence that the driver has handed to the hardware signals within a bound: the queue timeout
// sees to that. The bound runs from the start of the job, or from the last fence that signalled on
// its timeline: jobs of a queue wait for each other, and each gets its own time.
//
// The timeout counts the time that a group is on a slot, so the bound has room for as much time
// again beside the slot. It stands still while a stream waits for a sync object, which the driver
// cannot hurry.

import type { CheckSpec } from "./check.ts";
import { FenceTable } from "./published-fences.ts";

/** JOB_TIMEOUT_MS: what a queue is given on a slot. */
const jobTimeoutNs = 5e9;
const boundNs = 2 * jobTimeoutNs;

export const fenceBoundCheck: CheckSpec = {
  name: "fence-bound",
  rule: `each fence of the hardware signals within ${boundNs / 1e9} s of its job's start`,
  make({ rec, report }) {
    const fences = new FenceTable(rec);
    const panthor = rec.str("panthor");
    const syncWait = rec.str("SYNC_WAIT");
    const clock = new StoppableClock();
    /** The clock when each timeline last made progress. */
    const progress = new Map<number, number>();
    /** The clock when each unsignalled fence began, by its entry. */
    const begun = new Map<number, number>();
    return {
      on: {
        cs_state(index) {
          const stream = rec.arg(index, 0) * 256 + rec.arg(index, 1);
          clock.stop(stream, rec.arg(index, 2) === syncWait, rec.time(index));
        },
        dma_fence_init(index) {
          if (rec.arg(index, 0) !== panthor) return;
          fences.add(index);
          begun.set(index, clock.at(rec.time(index)));
        },
        dma_fence_signaled(index) {
          const fence = fences.find(index);
          if (fence === undefined || fence.signalled) return;
          fence.signalled = true;
          const now = clock.at(rec.time(index));
          const from = Math.max(begun.get(fence.init)!, progress.get(fence.context) ?? 0);
          if (now - from > boundNs) {
            const seconds = ((now - from) / 1e9).toFixed(3);
            report(index, `fence ${fences.name(fence)} took ${seconds} s`);
          }
          begun.delete(fence.init);
          progress.set(fence.context, now);
          fences.remove(fence);
        },
        clk_disable: (index) => clock.clear(rec.time(index)),
      },
    };
  },
};

/** Time, less the time during which a stream waited for a sync object. */
class StoppableClock {
  private readonly waiting = new Set<number>();
  private stopped = 0;
  private since = 0;

  at(now: number): number {
    return (this.waiting.size > 0 ? this.since : now) - this.stopped;
  }

  stop(stream: number, waits: boolean, now: number): void {
    if (waits === this.waiting.has(stream)) return;
    if (waits) {
      if (this.waiting.size === 0) this.since = now;
      this.waiting.add(stream);
    } else {
      this.waiting.delete(stream);
      if (this.waiting.size === 0) this.stopped += now - this.since;
    }
  }

  /** The device is off: nothing waits on it. */
  clear(now: number): void {
    if (this.waiting.size === 0) return;
    this.waiting.clear();
    this.stopped += now - this.since;
  }
}
