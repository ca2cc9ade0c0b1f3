// Waking one task: kernel/sched/core.c (wake_up_process, wake_q_add, wake_up_q).

import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";

/** wake_up_process(): false if the task was not asleep. A preemption point. */
export function wakeUpProcess(m: Machine, task: Task): Atomic<boolean> {
  if (task.state === "R" || task.state === "X") return done(false);
  return wake(m, task);
}

function* wake(m: Machine, task: Task): Atomic<boolean> {
  m.preemptDisable();
  const woken = m.sched.wake(task);
  yield* m.spend(m.costs.wakeUp);
  yield* m.preemptEnable();
  return woken;
}

/** wake_up_q(): wakes each task of the list, each wake-up a preemption point. */
export function* wakeUpAll(m: Machine, tasks: readonly Task[]): Atomic {
  for (const task of tasks) yield* wakeUpProcess(m, task);
}
