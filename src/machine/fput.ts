// Dropping the last reference to a file: fs/file_table.c. A user task does it on its way back to
// user space (kernel/task_work.c); a kernel thread leaves it to a work item that runs a tick later.
// Either way the inode is freed after an RCU grace period.

import type { Task } from "./core/context.ts";
import type { Machine } from "./core/machine.ts";
import { type Atomic, done, type Kernel } from "./core/op.ts";
import type { Rcu } from "./rcu/rcu.ts";
import { DelayedWork } from "./workqueue/work.ts";
import type { Workqueue } from "./workqueue/workqueue.ts";

/** f_op->release() of a file. */
type Release = () => Kernel<void>;

export class Files {
  private readonly work: DelayedWork;
  /** Files on the delayed list, by what their release does. */
  private delayed: (Release | null)[] = [];
  /** What tasks do on their way to user space. */
  private readonly taskWorks = new Map<Task, Release[]>();

  constructor(
    private readonly m: Machine,
    private readonly wq: Workqueue,
    private readonly rcu: Rcu,
    /** True for kernel threads (PF_KTHREAD). */
    private readonly isKthread: () => boolean,
  ) {
    this.work = new DelayedWork("delayed_fput", () => this.delayedFput());
  }

  /** fput() of the last reference. A file without a `release` of note is as good as gone. */
  *fput(release: Release | null = null): Atomic {
    if (this.m.inInterrupt || this.isKthread()) {
      if (this.delayed.push(release) === 1) yield* this.wq.queueDelayedWork(this.work, 1);
    } else if (release === null) this.freeInode();
    else {
      const task = this.m.current!;
      const works = this.taskWorks.get(task);
      if (works === undefined) this.taskWorks.set(task, [release]);
      else works.push(release);
    }
  }

  /** task_work_run(): before the current task is back in user space, and when it exits. */
  taskWorkRun(): Kernel {
    return this.taskWorks.size === 0 ? done() : this.runTaskWorks();
  }

  private *runTaskWorks(): Kernel {
    const task = this.m.current!;
    for (;;) {
      const works = this.taskWorks.get(task);
      if (works === undefined) return;
      this.taskWorks.delete(task);
      for (const release of works) yield* this.close(release);
    }
  }

  /** delayed_fput(). */
  private *delayedFput(): Kernel {
    const files = this.delayed;
    this.delayed = [];
    for (const release of files) yield* this.close(release);
  }

  /** __fput(). */
  private *close(release: Release | null): Kernel {
    if (release !== null) yield* release();
    this.freeInode();
  }

  /** destroy_inode(). */
  private freeInode(): void {
    this.rcu.freeRcu();
  }
}
