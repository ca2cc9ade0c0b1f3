// kdevtmpfs: the kernel thread that makes device nodes. Kernel: drivers/base/devtmpfs.c. The file
// system itself is left out; whoever registers a device with a node waits for the thread.

import type { Task } from "./core/context.ts";
import type { Machine } from "./core/machine.ts";
import type { Kernel } from "./core/op.ts";
import { entityOf } from "./sched/entity.ts";
import { Completion } from "./wait/completion.ts";
import { wakeUpProcess } from "./wait/wake.ts";

export class Devtmpfs {
  readonly task: Task;
  private requests: Completion[] = [];

  constructor(
    private readonly m: Machine,
    options: { readonly pid?: number; readonly dueNs?: number } = {},
  ) {
    // It sleeps from boot on; its first wake-up starts the loop.
    this.task = m.createTask({
      comm: "kdevtmpfs",
      pid: options.pid ?? 18,
      body: () => this.loop(),
    });
    this.task.state = "S";
    entityOf(this.task).vlag = options.dueNs ?? 0;
  }

  /** devtmpfs_submit_req(): creates or deletes a node. */
  *submit(name: string): Kernel {
    const done = new Completion(this.m, `devtmpfs node ${name}`);
    this.requests.push(done);
    yield* wakeUpProcess(this.m, this.task);
    yield* done.wait();
  }

  /** devtmpfsd(). */
  private *loop(): Kernel {
    const { m } = this;
    for (;;) {
      while (this.requests.length > 0) {
        const requests = this.requests;
        this.requests = [];
        for (const done of requests.reverse()) yield* done.complete();
      }
      m.setState("S", { what: "devtmpfs requests" });
      if (this.requests.length === 0) yield* m.sleep();
      m.setState("R");
    }
  }
}
