// A machine with workqueues for tests, and items that log what they do.

import { Machine } from "../../../src/machine/core/machine.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { Kthreads } from "../../../src/machine/kthread.ts";
import { Timers } from "../../../src/machine/time/timers.ts";
import { Work, Workqueues } from "../../../src/machine/workqueue/index.ts";

export class Bench {
  readonly m: Machine;
  readonly wqs: Workqueues;
  readonly log: string[] = [];

  constructor(cpus = 1) {
    this.m = new Machine({ cpus, hz: 250 });
    this.wqs = new Workqueues(this.m, new Timers(this.m), new Kthreads(this.m));
  }

  /** A work item that logs its start and end; between, `us` of busy CPU or `sleepUs` asleep. */
  item(name: string, options: { us?: number; sleepUs?: number } = {}): Work {
    const { m, log } = this;
    const asleep = (us: number) => this.asleep(us);
    return new Work(name, function* () {
      log.push(`${name} starts`);
      if (options.us !== undefined) yield* m.udelay(options.us);
      if (options.sleepUs !== undefined) yield* asleep(options.sleepUs);
      log.push(`${name} ends`);
    });
  }

  *asleep(us: number): Kernel {
    const { m } = this;
    const task = m.current!;
    m.setState("D");
    m.after(us * 1000, () => m.sched.wake(task));
    yield* m.sleep();
  }

  /** Starts a task. */
  start(body: () => Kernel<void>): void {
    this.m.sched.wakeNew(this.m.createTask({ comm: "test", body }));
  }

  /** Runs `body` as a task, and the machine for `ms`. */
  run(body: () => Kernel<void>, ms = 1000): void {
    this.start(body);
    this.m.run(this.m.now + ms * 1e6);
  }

  /** Texts of the kernel log. */
  get dmesg(): string[] {
    const { rec } = this.m;
    const texts: string[] = [];
    for (let i = 0; i < rec.length; i++) {
      if (rec.is(i, "printk")) texts.push(String(rec.field(i, "text")));
    }
    return texts;
  }
}
