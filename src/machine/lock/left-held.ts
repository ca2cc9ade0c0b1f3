// What an interrupt or a softirq leaves behind. The kernel reports the preempt_count of a softirq
// (kernel/softirq.c, handle_softirqs), of a timer (call_timer_fn()) and of a work item
// (process_one_work()), and interrupts that a handler enabled (__handle_irq_event_percpu()); of locks
// and sections that are left behind it says nothing until somebody deadlocks. So a line of our own
// says it, for the invariant of src/check.

import type { Context } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { heldBy } from "./held.ts";

/** softirq_to_name. */
const softirqNames: readonly string[] = [
  "HI",
  "TIMER",
  "NET_TX",
  "NET_RX",
  "BLOCK",
  "IRQ_POLL",
  "TASKLET",
  "SCHED",
  "HRTIMER",
  "RCU",
];

/** SOFTIRQ_OFFSET. */
const softirqOffset = 0x100;

/** preempt_count of a softirq whose own part is `own`, as the kernel prints it. */
export function softirqCount(own: number): string {
  return (softirqOffset + own).toString(16).padStart(8, "0");
}

/** An interrupt or softirq has ended, and not given back all it took. */
export function reportLeftHeld({ rec }: Machine, ctx: Context): void {
  const { comm, kind, preemptCount, vector } = ctx;
  if (kind === "softirq" && preemptCount !== 0) {
    const which = `${vector} ${softirqNames[vector]} (____ptrval____)`;
    const counts = `preempt_count ${softirqCount(0)}, exited with ${softirqCount(preemptCount)}?`;
    rec.log("err", `huh, entered softirq ${which} with ${counts}`);
  }
  const what = kind === "softirq" ? `softirq ${softirqNames[vector]}` : kind;
  rec.log("warn", `left held: ${what} over ${comm} ends with ${heldBy(ctx).join(", ")}`);
}
