// A small simulated kernel for the tests of fences, jobs and sync objects.

import { type CpuCosts, zeroCosts } from "../../../src/machine/core/costs.ts";
import type { Context } from "../../../src/machine/core/context.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { DmaFence, Fences, type FenceOps } from "../../../src/machine/dma-fence/index.ts";
import { Kthreads } from "../../../src/machine/kthread.ts";
import { Lockdep } from "../../../src/machine/lock/lockdep.ts";
import { Time } from "../../../src/machine/time/time.ts";
import { Workqueues } from "../../../src/machine/workqueue/index.ts";
import { kindFields, kindNames, type KindName } from "../../../src/timeline/kinds.ts";

export interface KitOptions {
  readonly cpus?: number;
  readonly costs?: Partial<CpuCosts>;
}

export class Kit {
  readonly m: Machine;
  readonly fences: Fences;
  readonly time: Time;
  readonly wq: Workqueues;
  readonly lockdep: Lockdep;

  constructor(options: KitOptions = {}) {
    const costs = { ...zeroCosts, ...options.costs };
    this.m = new Machine({ cpus: options.cpus ?? 1, hz: 250, costs, firstPid: 100 });
    this.time = new Time(this.m);
    this.wq = new Workqueues(this.m, this.time.timers, new Kthreads(this.m));
    this.fences = new Fences(this.m, this.time.clock);
    this.lockdep = new Lockdep(this.m, {});
    this.fences.signalling = this.lockdep;
  }

  /** Starts a user task; run the machine to get anywhere. */
  task(comm: string, body: () => Kernel<void>): Context {
    const task = this.m.createTask({ comm, body });
    this.m.sched.wakeNew(task);
    return task;
  }

  /** Runs one task and everything that follows from it, for a second. */
  run(body: () => Kernel<void>): void {
    let finished = false;
    this.task("init", function* () {
      yield* body();
      finished = true;
    });
    this.m.run(this.m.now + 1e9);
    if (!finished) throw new Error("the task did not finish");
    const report = this.events(["printk"]).find((line) => /WARNING: possible|BUG:/.test(line));
    if (report !== undefined) throw new Error(report);
  }

  /** Waits in a task without any subsystem. */
  *sleepUs(us: number): Kernel<void> {
    const { m } = this;
    const task = m.current!;
    m.setState("S");
    m.after(us * 1000, () => m.sched.wake(task));
    yield* m.sleep();
  }

  /** The entries of some kinds, as `kind a b c` with the context they happened in. */
  events(kinds: readonly KindName[], withContext = false): string[] {
    const { rec } = this.m;
    const out: string[] = [];
    for (let i = 0; i < rec.length; i++) {
      const kind = kindNames[rec.kind(i)];
      if (!kinds.includes(kind)) continue;
      const fields = kindFields[rec.kind(i)].map(([name]) => rec.field(i, name));
      const { comm } = rec.contexts[rec.ctx(i)];
      const at = (rec.flags(i) & 4) !== 0 ? `${comm}/hardirq` : comm;
      out.push(`${withContext ? `${at}: ` : ""}${kind} ${fields.join(" ")}`);
    }
    return out;
  }

  fence(context = this.fences.contextAlloc(1), seqno = 1, ops: FenceOps = testOps): DmaFence {
    return new DmaFence(this.fences, ops, null, context, seqno);
  }
}

export const testOps: FenceOps = { driverName: "test", timelineName: () => "timeline" };
