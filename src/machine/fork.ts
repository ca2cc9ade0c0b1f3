// A new task of a running one, its end, and waiting for that. Kernel: kernel/fork.c (kernel_clone,
// copy_process, mm_release), kernel/exit.c (do_exit, exit_notify, do_wait).

import type { Task } from "./core/context.ts";
import type { Machine } from "./core/machine.ts";
import { type Atomic, type Kernel } from "./core/op.ts";
import type { Linux } from "./linux.ts";
import { spendClockRead } from "./time/clock.ts";
import { WaitQueue } from "./wait/wait-queue.ts";

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

/**
 * The end of a task, for whoever waits: a thread's memory word that is cleared and woken as a futex
 * (pthread_join), or the zombie of a process (wait4).
 */
export class TaskEnd {
  private over = false;
  private readonly waiters: WaitQueue;

  constructor(m: Machine, pid: number) {
    this.waiters = new WaitQueue(m, `the end of task ${pid}`);
  }

  /** futex_wait() or do_wait(): 0, or -ERESTARTSYS. */
  wait(): Kernel<number> {
    return this.waiters.waitEventInterruptible(() => this.over);
  }

  /** Who waits goes on. */
  tell(): Atomic {
    this.over = true;
    return this.waiters.wakeUpAll();
  }
}

/**
 * do_exit(): a thread tells of its end first (mm_release) and is reaped at once, which in newer
 * kernels looks at the clock; a process tells of it last (exit_notify). The memory of the task goes
 * after a grace period.
 */
export function* doExit(
  { m, rcu, version }: Pick<Linux, "m" | "rcu" | "version">,
  end: TaskEnd,
  process: boolean,
): Atomic {
  if (!process) {
    yield* end.tell();
    if (version.reapReadsClock) yield* m.spend(m.costs.clockRead);
  }
  rcu.freeRcu();
  if (process) yield* end.tell();
}
