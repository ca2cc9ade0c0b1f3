// Dropping the last reference to a file: fs/file_table.c. A user task does it on its way back to
// user space; a kernel thread leaves it to a work item that runs a tick later. Either way the
// inode is freed after an RCU grace period.

import type { Atomic, Kernel } from "./core/op.ts";
import type { Machine } from "./core/machine.ts";
import type { Rcu } from "./rcu.ts";
import { DelayedWork } from "./workqueue/work.ts";
import type { Workqueue } from "./workqueue/workqueue.ts";

export class Files {
  private readonly work: DelayedWork;
  /** Files on the delayed list. */
  private delayed = 0;

  constructor(
    private readonly m: Machine,
    private readonly wq: Workqueue,
    private readonly rcu: Rcu,
    /** True for kernel threads (PF_KTHREAD). */
    private readonly isKthread: () => boolean,
  ) {
    this.work = new DelayedWork("delayed_fput", () => this.delayedFput());
  }

  /** fput() of the last reference. */
  *fput(): Atomic {
    if (this.m.inInterrupt || this.isKthread()) {
      if (this.delayed++ === 0) yield* this.wq.queueDelayedWork(this.work, 1);
    } else this.freeInode();
  }

  /** delayed_fput(). */

  private *delayedFput(): Kernel {
    for (; this.delayed > 0; this.delayed--) this.freeInode();
  }

  /** destroy_inode(). */
  private freeInode(): void {
    this.rcu.freeRcu();
  }
}
