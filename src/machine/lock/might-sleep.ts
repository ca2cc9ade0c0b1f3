// might_sleep(): include/linux/kernel.h, kernel/sched/core.c:__might_sleep.

import type { Machine } from "../core/machine.ts";

/** True where sleeping is a bug: interrupts, masked interrupts, preemption off. */
export function inAtomic(m: Machine): boolean {
  const { ctx, cpu } = m;
  return ctx !== null && (ctx.preemptCount > 0 || ctx.kind !== "task" || cpu!.irqsOff > 0);
}

/** might_sleep(): reports the caller, a function and what it is about, if it may not sleep here. */
export function mightSleep(m: Machine, where: string, what = ""): void {
  const { ctx, cpu } = m;
  if (ctx === null) return;
  if (ctx.preemptCount > 0 || ctx.kind !== "task" || cpu!.irqsOff > 0) {
    m.lockdep?.mightSleep(what === "" ? where : `${where}(${what})`);
  }
}
