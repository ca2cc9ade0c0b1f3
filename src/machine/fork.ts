// A new task of a running one, and its end. Kernel: kernel/fork.c (kernel_clone, copy_process),
// kernel/exit.c.

import type { Task } from "./core/context.ts";
import type { Machine } from "./core/machine.ts";
import type { Atomic } from "./core/op.ts";
import type { Rcu } from "./rcu/rcu.ts";
import { spendClockRead } from "./time/clock.ts";

/** Clock reads of copy_process(). */
const clockReads = 3;

/** kernel_clone(): `make` makes the task, which is then woken. */
export function* kernelClone(m: Machine, make: () => Task): Atomic {
  for (let i = 0; i < clockReads; i++) {
    yield* spendClockRead(m);
    yield* m.preemptPoint();
  }
  const task = make();
  m.preemptDisable();
  m.sched.wakeNew(task);
  yield* m.preemptEnable();
}

/** do_exit(): accounts for the time of the task, whose memory goes after a grace period. */
export function* doExit(m: Machine, rcu: Rcu): Atomic {
  yield* m.spend(m.costs.clockRead);
  rcu.freeRcu();
}
