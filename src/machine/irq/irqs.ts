// Interrupt lines with threaded handlers: kernel/irq/{manage,handle,chip}.c, level triggered
// (handle_level_irq). A line that is high, enabled and unmasked reaches the CPU `irqDelayNs` after
// it rose; if it is still high when the handler has returned, it is delivered again. The threads
// are "irq/<n>-<name>", SCHED_FIFO. Left out: per-CPU and nested interrupts, affinity changes.

import { K } from "../../timeline/kinds.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { EBUSY, EINVAL } from "../errno.ts";
import type { Kthreads } from "../kthread.ts";
import type { Time } from "../time/time.ts";
import { wakeUpProcess } from "../wait/wake.ts";
import { warnOnce } from "../warn-once.ts";
import {
  IrqAction,
  IrqDesc,
  type IrqRequest,
  type IrqReturn,
  type LineStatus,
} from "./irq-desc.ts";
import { IrqThreads } from "./irq-thread.ts";

export type { IrqRequest, IrqReturn, LineStatus } from "./irq-desc.ts";

/** Unhandled interrupts in a row before the line is switched off (kernel/irq/spurious.c). */
const unhandledMax = 99_900;

export interface IrqsOptions {
  /** From a line's rise to the CPU's interrupt, ns. */
  readonly irqDelayNs: number;
  /** Hard handlers run in threads (boot option `threadirqs`). */
  readonly threadirqs?: boolean;
}

export class Irqs {
  private readonly descs = new Map<number, IrqDesc>();
  /** From a line's rise to the CPU's interrupt, ns. */
  irqDelayNs: number;
  private readonly threads: IrqThreads;
  private readonly names: { readonly handled: number; readonly unhandled: number };

  constructor(
    private readonly m: Machine,
    private readonly time: Time,
    private readonly kthread: Kthreads,
    private readonly options: IrqsOptions,
  ) {
    this.irqDelayNs = options.irqDelayNs;
    this.threads = new IrqThreads(m, time, kthread, (desc) => this.unmask(desc));
    this.names = { handled: m.rec.str("handled"), unhandled: m.rec.str("unhandled") };
  }

  private desc(irq: number): IrqDesc {
    let desc = this.descs.get(irq);
    if (desc === undefined) {
      desc = new IrqDesc(this.m, irq);
      this.descs.set(irq, desc);
    }
    return desc;
  }

  /** Connects a device's line, so that deliveries appear in the timeline (irq_deliver). */
  connect(irq: number, status: () => LineStatus): void {
    this.desc(irq).status = status;
  }

  /** The CPU that takes an interrupt. */
  setAffinity(irq: number, cpu: number): void {
    const desc = this.desc(irq);
    desc.cpu = cpu;
    // One that is on its way arrives where it was sent.
    desc.delivery = null;
  }

  // --- requesting -----------------------------------------------------------------------------

  /** request_threaded_irq(): 0 or a negative error number. */
  *requestThreadedIrq(request: IrqRequest): Kernel<number> {
    const desc = this.desc(request.irq);
    if (request.handler === null && request.threadFn === null) return -EINVAL;
    if (desc.actions.length > 0 && request.shared !== true) return -EBUSY;
    const action = this.setupAction(request);
    yield* this.threads.setup(desc, action);
    if (action.secondary !== null) yield* this.threads.setup(desc, action.secondary, true);
    desc.actions = [...desc.actions, action];
    if (desc.actions.length === 1) {
      desc.depth = 0;
      desc.unhandled = 0;
      this.raise(desc);
    }
    yield* this.threads.waitReady(desc, action);
    if (action.secondary !== null) yield* this.threads.waitReady(desc, action.secondary);
    return 0;
  }

  /** irq_setup_forced_threading() and the checks of __setup_irq(). */
  private setupAction(request: IrqRequest): IrqAction {
    const { name, devId, handler, threadFn } = request;
    const forced =
      this.options.threadirqs === true &&
      handler !== null &&
      request.noThread !== true &&
      request.oneshot !== true;
    if (!forced) {
      const oneshot = request.oneshot === true || handler === null;
      return new IrqAction(name, devId, handler ?? defaultPrimary, threadFn, oneshot, false);
    }
    const action = new IrqAction(name, devId, defaultPrimary, handler, true, true);
    if (threadFn !== null) {
      action.secondary = new IrqAction(name, devId, defaultPrimary, threadFn, true, false);
    }
    return action;
  }

  /** free_irq(): waits for running handlers and ends the thread. */
  *freeIrq(irq: number, devId: unknown): Kernel {
    const desc = this.desc(irq);
    const action = desc.actions.find((a) => a.devId === devId);
    if (action === undefined) throw new Defect(`free_irq(${irq})`, "no such handler");
    desc.actions = desc.actions.filter((a) => a !== action);
    if (desc.actions.length === 0) desc.depth = 1;
    yield* this.synchronizeIrq(irq);
    for (const { thread } of action.secondary === null ? [action] : [action, action.secondary]) {
      if (thread !== null) yield* this.kthread.stop(thread);
    }
  }

  /** synchronize_hardirq(). */
  *synchronizeHardirq(irq: number): Atomic {
    const desc = this.desc(irq);
    while (desc.inProgress) yield* this.time.cpuRelax();
  }

  /** synchronize_irq(): no handler and no thread function of the line runs any more. */
  *synchronizeIrq(irq: number): Kernel {
    const desc = this.desc(irq);
    yield* this.synchronizeHardirq(irq);
    yield* desc.waitForThreads.waitEvent(() => desc.threadsActive === 0);
  }

  /** disable_irq_nosync(). */
  disableIrqNosync(irq: number): void {
    this.desc(irq).depth++;
  }

  /** disable_irq(). */
  *disableIrq(irq: number): Kernel {
    this.disableIrqNosync(irq);
    yield* this.synchronizeIrq(irq);
  }

  /** enable_irq(): a line that is high is delivered. */
  *enableIrq(irq: number): Atomic {
    const { m } = this;
    const desc = this.desc(irq);
    if (desc.depth === 0) {
      m.rec.log("warn", `Unbalanced enable for IRQ ${irq}`);
      return;
    }
    desc.depth--;
    this.raise(desc);
    yield* m.preemptPoint();
  }

  /** suspend_device_irqs(): no line interrupts while the system sleeps. */
  *suspendDeviceIrqs(): Kernel {
    for (const { irq, actions } of this.descs.values()) {
      if (actions.length > 0) yield* this.disableIrq(irq);
    }
  }

  /** resume_device_irqs(). */
  *resumeDeviceIrqs(): Kernel {
    for (const { irq, actions } of this.descs.values()) {
      if (actions.length > 0) yield* this.enableIrq(irq);
    }
  }

  // --- delivery -------------------------------------------------------------------------------

  /** The device drives its line. */
  setLevel(irq: number, high: boolean): void {
    const desc = this.desc(irq);
    if (desc.high === high) return;
    desc.high = high;
    desc.cause = this.m.at.cause;
    if (high) this.raise(desc);
  }

  /** A level that the CPU should see is on its way to it. */
  private raise(desc: IrqDesc): void {
    if (!desc.high || desc.depth > 0 || desc.masked) return;
    if (desc.delivering || desc.inProgress) return;
    desc.delivering = true;
    desc.delivery ??= this.time.hrtimers.deviceInterrupt(desc.cpu, () => this.deliver(desc));
    desc.delivery.start(this.irqDelayNs);
  }

  private unmask(desc: IrqDesc): void {
    desc.masked = false;
    this.raise(desc);
  }

  /** handle_level_irq(). */
  private *deliver(desc: IrqDesc): Atomic {
    const { m } = this;
    const { rec } = m;
    desc.delivering = false;
    if (!desc.high || desc.depth > 0 || desc.masked) return;
    m.setCause(desc.cause);
    if (desc.status !== null) {
      const { line, rawstat, mask } = desc.status();
      m.setCause(rec.emit(K.irq_deliver, rec.str(line), rawstat, mask));
    }
    desc.inProgress = true;
    let handled = false;
    const { actions } = desc;
    for (let i = 0; i < actions.length; i++) {
      if ((yield* this.runHandler(desc, actions[i])) !== "none") handled = true;
    }
    desc.inProgress = false;
    const { random } = this.time.hrtimers;
    if (random !== null) yield* random.addInterrupt();
    this.noteInterrupt(desc, handled);
    if (desc.oneshotThreads.size > 0) desc.masked = true;
    else this.raise(desc);
  }

  /** __handle_irq_event_percpu() for one action. */
  private *runHandler(desc: IrqDesc, action: IrqAction): Atomic<IrqReturn> {
    const { m, names } = this;
    const { rec } = m;
    const { cause } = m.at;
    if (action.nameId < 0) action.nameId = rec.str(action.name);
    m.setCause(rec.emit(K.irq_handler_entry, desc.irq, action.nameId));
    const ret = yield* action.handler();
    const text = ret === "none" ? names.unhandled : names.handled;
    rec.emit(K.irq_handler_exit, desc.irq, text);
    const cpu = m.cpu!;
    if (cpu.irqsOff === 0) {
      warnOnce(m, `irq ${desc.irq} handler ${action.name} enabled interrupts`);
      cpu.irqsOff = 1;
    }
    if (ret === "wake_thread") yield* this.wakeThread(desc, action);
    m.setCause(cause);
    return ret;
  }

  /** __irq_wake_thread(). */
  *wakeThread(desc: IrqDesc, action: IrqAction): Atomic {
    if (action.threadFn === null) {
      this.m.rec.log("warn", `IRQ ${desc.irq} device ${action.name} returned IRQ_WAKE_THREAD`);
      return;
    }
    if (action.runThread || action.thread!.state === "X") return;
    action.runThread = true;
    if (action.oneshot) desc.oneshotThreads.add(action);
    desc.threadsActive++;
    if (action.thread!.state === "S") yield* wakeUpProcess(this.m, action.thread!);
  }

  /** note_interrupt(): switches off a line that nobody handles. */
  private noteInterrupt(desc: IrqDesc, handled: boolean): void {
    if (handled) {
      desc.unhandled = 0;
      return;
    }
    if (++desc.unhandled < unhandledMax) return;
    const { rec } = this.m;
    rec.log("err", `irq ${desc.irq}: nobody cared (try booting with the "irqpoll" option)`);
    rec.log("err", `Disabling IRQ #${desc.irq}`);
    desc.depth++;
  }
}

/** irq_default_primary_handler(). */

function* defaultPrimary(): Atomic<IrqReturn> {
  return "wake_thread";
}
