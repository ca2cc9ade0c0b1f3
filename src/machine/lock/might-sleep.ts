// might_sleep(): include/linux/kernel.h, kernel/sched/core.c:__might_sleep.

import type { Machine } from "../core/machine.ts";

/** True where sleeping is a bug: interrupts, masked interrupts, preemption off. */
export function inAtomic(m: Machine): boolean {
  const { ctx, cpu } = m;
  return ctx !== null && (ctx.preemptCount > 0 || ctx.kind !== "task" || cpu!.irqsOff > 0);
}

/** might_sleep(): reports the caller if it may not sleep where it is. */
export function mightSleep(m: Machine, where: string): void {
  const { ctx, cpu } = m;
  if (ctx === null) return;
  if (ctx.preemptCount > 0 || ctx.kind !== "task" || cpu!.irqsOff > 0) m.lockdep?.mightSleep(where);
}
