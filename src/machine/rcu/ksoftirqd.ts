// `ksoftirqd/N`: the thread that goes on with softirqs where they give way. Kernel:
// kernel/softirq.c, reduced to RCU: other softirqs never have too much to do.

import type { Task } from "../core/context.ts";
import type { Cpu } from "../core/cpu.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { wakeUpProcess } from "../wait/wake.ts";

/** From the pid of one CPU's to that of the next CPU's: the threads of a CPU are made together. */
const pidStep = 8;

export class Ksoftirqd {
  /** By CPU: it is there from the start, and shows from its first wake-up on. */
  private readonly threads: (Task | undefined)[] = [];
  private readonly pending: boolean[] = [];

  constructor(
    private readonly m: Machine,
    /** pid of that of CPU 0. */
    private readonly pid: number,
    /** handle_softirqs(): true if something is left. */
    private readonly handle: (cpu: Cpu) => Atomic<boolean>,
  ) {}

  /** wakeup_softirqd(). */
  wake(cpu: Cpu): Atomic {
    this.pending[cpu.id] = true;
    return wakeUpProcess(this.m, this.thread(cpu)) as Atomic<never>;
  }

  private thread(cpu: Cpu): Task {
    let task = this.threads[cpu.id];
    if (task === undefined) {
      task = this.m.createTask({
        comm: `ksoftirqd/${cpu.id}`,
        pid: this.pid + cpu.id * pidStep,
        body: () => this.run(cpu),
      });
      task.cpu = cpu.id;
      task.state = "S";
      this.threads[cpu.id] = task;
    }
    return task;
  }

  /** smpboot_thread_fn(), run_ksoftirqd(). */
  private *run(cpu: Cpu): Kernel {
    const { m } = this;
    for (;;) {
      m.setState("S", { what: "softirqs" });
      if (this.pending[cpu.id] !== true) {
        yield* m.sleep();
        continue;
      }
      m.setState("R");
      // Softirqs are off: its callbacks are not preempted.
      m.preemptDisable();
      this.pending[cpu.id] = yield* this.handle(cpu);
      yield* m.preemptEnable();
    }
  }
}
