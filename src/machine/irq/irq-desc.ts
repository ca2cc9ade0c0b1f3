// Data of an interrupt line and its handlers: struct irq_desc, struct irqaction of
// include/linux/{irqdesc,interrupt}.h.

import type { Task } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import type { DeviceTimer } from "../time/hrtimer.ts";
import { WaitQueue } from "../wait/wait-queue.ts";

/** irqreturn_t. */
export type IrqReturn = "none" | "handled" | "wake_thread";

export interface IrqRequest {
  readonly irq: number;
  readonly name: string;
  /** Hard handler; without one the thread is woken at once (IRQF_ONESHOT). */
  readonly handler: (() => Atomic<IrqReturn>) | null;
  readonly threadFn: (() => Kernel<IrqReturn>) | null;
  readonly shared?: boolean;
  readonly oneshot?: boolean;
  /** IRQF_NO_THREAD: stays a hard handler with forced threading. */
  readonly noThread?: boolean;
  readonly devId: unknown;
}

/** What the device knows of its line, for the irq_deliver entry. */
export interface LineStatus {
  readonly line: string;
  readonly rawstat: number;
  readonly mask: number;
}

/** struct irqaction. */
export class IrqAction {
  thread: Task | null = null;
  /** IRQTF_RUNTHREAD. */
  runThread = false;
  /** IRQTF_READY. */
  ready = false;
  /** Of a handler forced into a thread: the action of its original thread function. */
  secondary: IrqAction | null = null;
  /** Interned name, once it has appeared in the timeline. */
  nameId = -1;

  constructor(
    readonly name: string,
    readonly devId: unknown,
    readonly handler: () => Atomic<IrqReturn>,
    readonly threadFn: (() => Kernel<IrqReturn>) | null,
    readonly oneshot: boolean,
    /** The thread function is a hard handler, run with interrupts off. */
    readonly forced: boolean,
  ) {}
}

/** struct irq_desc. */
export class IrqDesc {
  /** Never changed in place: an interrupt may be going through them. */
  actions: readonly IrqAction[] = [];
  /** The line's level, set by the device. */
  high = false;
  /** Timeline entry that raised the line. */
  cause = -1;
  status: (() => LineStatus) | null = null;
  /** CPU that takes the interrupt. */
  cpu = 0;
  /** What takes a level to the CPU; made for the CPU that takes the interrupt. */
  delivery: DeviceTimer | null = null;
  /** A delivery is on its way. */
  delivering = false;
  inProgress = false;
  /** disable_irq depth; 1 while there is no handler. */
  depth = 1;
  /** Masked until the threads of a oneshot handler are done. */
  masked = false;
  readonly oneshotThreads = new Set<IrqAction>();
  threadsActive = 0;
  unhandled = 0;
  readonly waitForThreads: WaitQueue;

  constructor(
    m: Machine,
    readonly irq: number,
  ) {
    this.waitForThreads = new WaitQueue(m, `irq ${irq} threads`);
  }
}
