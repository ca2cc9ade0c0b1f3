// irq_work: a function run in hardirq context on this CPU as soon as interrupts allow.
// Kernel: kernel/irq_work.c with an architecture that raises a self-interrupt. Works queued before
// the interrupt is taken run last queued, first run, as the kernel's lock-less list has them.
// Leaves out lazy works and queueing on another CPU.

import type { Cpu } from "../core/cpu.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";

/** struct irq_work. */
export class IrqWork {
  pending = false;
  cause = -1;
  next: IrqWork | null = null;

  constructor(readonly fn: () => Atomic) {}
}

interface RaisedList {
  head: IrqWork | null;
  readonly irq: { readonly name: string; cause: number; readonly start: () => Atomic };
}

/** The raised lists of all CPUs. */
export class IrqWorks {
  private readonly raised: RaisedList[];

  constructor(private readonly m: Machine) {
    this.raised = m.cpus.map((cpu) => this.createList(cpu));
  }

  private createList(cpu: Cpu): RaisedList {
    const start = (): Atomic => this.run(cpu);
    return { head: null, irq: { name: "irq_work", cause: -1, start } };
  }

  /** irq_work_queue(): false if the work is pending already. */
  queue(work: IrqWork): Atomic<boolean> {
    if (work.pending) return done(false);
    const { m } = this;
    const cpu = m.cpu ?? m.cpus[0];
    const list = this.raised[cpu.id];
    const first = list.head === null;
    work.pending = true;
    work.cause = m.at.cause;
    work.next = list.head;
    list.head = work;
    if (!first) return done(true);
    list.irq.cause = work.cause;
    if (cpu.irqsOff === 0) return this.raiseUnmasked(cpu, list);
    m.interrupt(cpu, list.irq);
    return done(true);
  }

  /** Interrupts are on: the self-interrupt is taken at once. */
  private *raiseUnmasked(cpu: Cpu, list: RaisedList): Atomic<boolean> {
    const { m } = this;
    m.localIrqSave();
    m.interrupt(cpu, list.irq);
    yield* m.localIrqRestore();
    return true;
  }

  /** irq_work_run_list(). */
  private *run(cpu: Cpu): Atomic {
    const { m } = this;
    yield* m.spend(m.costs.irqEntry);
    const list = this.raised[cpu.id];
    let work = list.head;
    list.head = null;
    while (work !== null) {
      const next: IrqWork | null = work.next;
      work.next = null;
      work.pending = false;
      m.setCause(work.cause);
      yield* work.fn();
      work = next;
    }
  }
}
