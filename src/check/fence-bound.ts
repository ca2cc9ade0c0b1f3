// A fence that the driver has handed to the hardware signals within a bound: the queue timeout
// sees to that. The bound runs from the start of the job, or from the last fence that signalled on
// its timeline: jobs of a queue wait for each other, and each gets its own time.
//
// The timeout counts the time that a group is on a slot, so the bound has room for as much time
// again beside the slot. It stands still while the queue's own stream waits for a sync object.

import type { CheckSpec } from "./check.ts";
import { FenceTable } from "./published-fences.ts";
import { QueueClocks } from "./queue-clock.ts";

/** JOB_TIMEOUT_MS: what a queue is given on a slot. */
const jobTimeoutNs = 5e9;
const boundNs = 2 * jobTimeoutNs;

export const fenceBoundCheck: CheckSpec = {
  name: "fence-bound",
  rule: `each fence of the hardware signals within ${boundNs / 1e9} s of its job's start`,
  make({ rec, report }) {
    const fences = new FenceTable(rec);
    const panthor = rec.str("panthor");
    const clocks = new QueueClocks(rec);
    /** Its queue's clock when each timeline last made progress. */
    const progress = new Map<number, number>();
    /** Its queue's clock when each unsignalled fence began, by its entry. */
    const begun = new Map<number, number>();
    return {
      on: {
        queue_fences: (index) => clocks.made(index),
        iface_cfg: (index) => clocks.configured(index),
        cs_state: (index) => clocks.changed(index),
        dma_fence_init(index) {
          if (rec.arg(index, 0) !== panthor) return;
          fences.add(index);
          begun.set(index, clocks.at(rec.arg(index, 2), rec.time(index)));
        },
        dma_fence_signaled(index) {
          const fence = fences.find(index);
          if (fence === undefined || fence.signalled) return;
          fence.signalled = true;
          const now = clocks.at(fence.context, rec.time(index));
          const from = Math.max(begun.get(fence.init)!, progress.get(fence.context) ?? 0);
          if (now - from > boundNs) {
            const seconds = ((now - from) / 1e9).toFixed(3);
            report(index, `fence ${fences.name(fence)} took ${seconds} s`);
          }
          begun.delete(fence.init);
          progress.set(fence.context, now);
          fences.remove(fence);
        },
        clk_disable: (index) => clocks.off(rec.time(index)),
      },
    };
  },
};
