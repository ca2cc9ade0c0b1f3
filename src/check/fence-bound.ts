// A fence that the driver has handed to the hardware signals within a bound: the queue timeout
// sees to that. The bound runs from the start of the job, or from the last fence that signalled on
// its timeline: jobs of a queue wait for each other, and each gets its own time.
//
// The timeout counts the time that a group is on a slot, so the bound has room for as much time
// again beside the slot. It stands still while the queue's own stream waits for a sync object.
//
// When the file is closed nothing excuses a fence any more: the groups are terminated, or else reset.

import type { CheckSpec } from "./check.ts";
import { FenceMap } from "./fence-map.ts";
import { QueueClocks } from "./queue-clock.ts";

/** JOB_TIMEOUT_MS: what a queue is given on a slot. */
const jobTimeoutNs = 5e9;
const boundNs = 2 * jobTimeoutNs;
/** A tick, a termination that times out, and the reset that follows, before a job times out. */
const closeBoundNs = 3e9;

export const fenceBoundCheck: CheckSpec = {
  name: "fence-bound",
  rule:
    `each fence of the hardware signals within ${boundNs / 1e9} s of its job's start, and ` +
    `within ${closeBoundNs / 1e9} s of the close of its file`,
  make({ rec, report }) {
    const { at } = rec;
    const panthor = rec.str("panthor");
    const clocks = new QueueClocks(rec);
    /** Its queue's clock when each timeline last made progress. */
    const progress = new Map<number, number>();
    /** Its queue's clock when each unsignalled fence began. */
    const begun = new FenceMap<number>();
    /** When the file behind a timeline was closed. */
    const closed = new Map<number, number>();
    const seconds = (ns: number): string => (ns / 1e9).toFixed(3);
    const name = (timeline: number, context: number, seqno: number): string =>
      `fence ${rec.string(timeline)} ${context}:${seqno}`;
    return {
      on: {
        queue_fences: (_index, context, group, cs) => clocks.made(context, group, cs),
        queue_closed: (_index, context) => void closed.set(context, at.now),
        iface_cfg: (_index, slot, _cs, field, value) => clocks.configured(slot, field, value),
        cs_state: (_index, slot, cs, state) => clocks.changed(slot, cs, state, at.now),
        dma_fence_init(_index, driver, _timeline, context, seqno) {
          if (driver === panthor) begun.set(context, seqno, clocks.at(context, at.now));
        },
        dma_fence_signaled(index, driver, timeline, context, seqno) {
          if (driver !== panthor) return;
          const start = begun.get(context, seqno);
          if (start === undefined) return;
          begun.delete(context, seqno);
          const now = clocks.at(context, at.now);
          const from = Math.max(start, progress.get(context) ?? 0);
          progress.set(context, now);
          if (now - from > boundNs) {
            report(index, `${name(timeline, context, seqno)} took ${seconds(now - from)} s`);
          }
          const since = at.now - (closed.get(context) ?? Infinity);
          if (since > closeBoundNs) {
            const which = name(timeline, context, seqno);
            report(index, `${which} took ${seconds(since)} s from the close of its file`);
          }
        },
        clk_disable: () => clocks.off(at.now),
      },
    };
  },
};
