// One CPU: its context stack (task, then interrupts on top), run queues and pending interrupts.

import { type Context, ContextPool, type Task } from "./context.ts";
import type { FairRunQueue } from "./sched-class.ts";

export type CpuState = "ready" | "running" | "paused" | "idle";

/** Starts a hardirq context on the CPU that takes the interrupt. */
export interface PendingIrq {
  readonly name: string;
  readonly cause: number;
  readonly start: () => import("./op.ts").Atomic<void>;
}

export class Cpu {
  state: CpuState = "idle";
  /** The task underneath any interrupts; `idle` when nothing is runnable. */
  task: Task;
  /** Top of the context stack: what the CPU executes. */
  ctx: Context;
  /** Contexts under `ctx`, innermost last. */
  readonly stack: Context[] = [];
  needResched = false;
  /** local_irq_disable depth of the current context; interrupts stay pending while above 0. */
  irqsOff = 0;
  hardirqDepth = 0;
  softirqDepth = 0;
  /** An interrupt has just ended; interrupts are still masked. */
  irqExit = false;
  readonly pendingIrqs: PendingIrq[] = [];
  /** Softirq vectors raised, as a bit mask. */
  pendingSoftirqs = 0;
  /** RQCF_REQ_SKIP: the next switch does not look at the time again. */
  clockSkip = false;
  readonly hardirqs: ContextPool;
  readonly softirqs: ContextPool;
  /** SCHED_FIFO tasks, the running one included: highest priority first, first in first out. */
  readonly rt: Task[] = [];

  constructor(
    readonly id: number,
    readonly idle: Task,
    readonly fair: FairRunQueue,
  ) {
    this.task = idle;
    this.ctx = idle;
    this.hardirqs = new ContextPool("hardirq", id);
    this.softirqs = new ContextPool("softirq", id);
  }
}
