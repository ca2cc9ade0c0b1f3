// Interrupt threads: irq_thread() and its set-up in kernel/irq/manage.c.

import type { WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import type { Kthreads } from "../kthread.ts";
import type { Time } from "../time/time.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import type { IrqAction, IrqDesc, IrqReturn } from "./irq-desc.ts";

/** Kernel priority of SCHED_FIFO 50 (sched_set_fifo). */
const fifoPrio = 49;

export class IrqThreads {
  constructor(
    private readonly m: Machine,
    private readonly time: Time,
    private readonly kthread: Kthreads,
    /** unmask_threaded_irq(). */
    private readonly unmask: (desc: IrqDesc) => void,
  ) {}

  /** setup_irq_thread(). */
  *setup(desc: IrqDesc, action: IrqAction, secondary = false): Kernel {
    if (action.threadFn === null) return;
    const comm = `irq/${desc.irq}-${secondary ? "s-" : ""}${action.name}`;
    action.thread = yield* this.kthread.create(comm, () => this.body(desc, action));
  }

  /** wake_up_and_wait_for_irq_thread_ready(). */
  *waitReady(desc: IrqDesc, action: IrqAction): Kernel {
    if (action.thread === null) return;
    yield* wakeUpProcess(this.m, action.thread);
    yield* desc.waitForThreads.waitEvent(() => action.ready);
  }

  /** irq_thread() and, not a call because it stops at each interrupt, irq_wait_for_interrupt(). */
  private *body(desc: IrqDesc, action: IrqAction): Kernel {
    const { m } = this;
    m.sched.setFifo(m.current!, fifoPrio);
    action.ready = true;
    yield* desc.waitForThreads.wakeUp();
    const reason: WaitReason = { what: `irq ${desc.irq}` };
    for (;;) {
      m.setState("S", reason);
      if (!action.runThread && !this.kthread.shouldStop()) {
        yield* m.sleep();
        continue;
      }
      m.setState("R");
      if (!action.runThread) return;
      action.runThread = false;
      m.setCause(m.current!.cause);
      const ret = action.forced
        ? yield* this.runForced(desc, action)
        : yield* this.runThreadFn(desc, action);
      if (ret === "wake_thread" && action.secondary !== null) {
        yield* this.wakeSecondary(desc, action.secondary);
      }
      if (--desc.threadsActive === 0) yield* desc.waitForThreads.wakeUp();
    }
  }

  /** irq_thread_fn(). */
  private *runThreadFn(desc: IrqDesc, action: IrqAction): Kernel<IrqReturn> {
    const ret = yield* action.threadFn!();
    yield* this.finalizeOneshot(desc, action);
    return ret;
  }

  /** irq_forced_thread_fn(): a hard handler in a thread, interrupts off as it expects. */
  private *runForced(desc: IrqDesc, action: IrqAction): Kernel<IrqReturn> {
    const { m } = this;
    m.preemptDisable();
    m.localIrqSave();
    const ret = yield* this.runThreadFn(desc, action);
    yield* m.localIrqRestore();
    yield* m.preemptEnable();
    return ret;
  }

  /** irq_wake_secondary(). */
  private *wakeSecondary(desc: IrqDesc, action: IrqAction): Atomic {
    if (action.runThread) return;
    action.runThread = true;
    desc.oneshotThreads.add(action);
    desc.threadsActive++;
    if (action.thread!.state === "S") yield* wakeUpProcess(this.m, action.thread!);
  }

  /** irq_finalize_oneshot(): the last thread of a oneshot line unmasks it. */
  private *finalizeOneshot(desc: IrqDesc, action: IrqAction): Atomic {
    if (!action.oneshot) return;
    while (desc.inProgress) yield* this.time.cpuRelax();
    if (action.runThread) return;
    desc.oneshotThreads.delete(action);
    if (desc.oneshotThreads.size === 0 && desc.masked) this.unmask(desc);
  }
}
