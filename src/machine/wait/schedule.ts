// schedule() and schedule_timeout() as wait loops call them, and signals of a task.
// Kernel: kernel/sched/core.c, kernel/time/sleep_timeout.c, kernel/signal.c (reduced to the flag).

import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { wakeUpProcess } from "./wake.ts";

/** MAX_SCHEDULE_TIMEOUT: no timeout. */
export const maxScheduleTimeout = Infinity;

/** schedule_timeout(): returns the jiffies left; the caller has set the task's state. */
export function scheduleTimeout(m: Machine, timeoutJiffies: number): Kernel<number> {
  if (timeoutJiffies === Infinity) return forever(m);
  if (m.timeouts === null) throw new Defect("schedule_timeout", "the machine has no timers");
  return m.timeouts.scheduleTimeout(timeoutJiffies);
}

function* forever(m: Machine): Kernel<number> {
  yield* m.sleep();
  return maxScheduleTimeout;
}

/** Sends a signal: interruptible sleeps of the task end. */
export function* sendSignal(m: Machine, task: Task): Atomic {
  task.signalPending = true;
  if (task.state === "S") yield* wakeUpProcess(m, task);
}
