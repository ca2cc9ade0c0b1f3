// Contexts of execution: tasks (user, kworker, irq thread), hardirqs and softirqs.
// Kernel: include/linux/sched.h (task_struct), include/linux/preempt.h.

import type { Kernel } from "./op.ts";
import type { HeldLock, LockdepMap, WorkerHooks } from "./validator.ts";

export type ContextKind = "task" | "idle" | "hardirq" | "softirq";

/** One flow of execution that a CPU can run. */
export class Context {
  /** Where it stopped; null before it first ran. */
  gen: Kernel<unknown> | null = null;
  /** Who waits for `gen` to return, outermost first: the first `depth` of them. */
  readonly callers: Kernel<unknown>[] = [];
  depth = 0;
  /** Begins its code. */
  start: (() => Kernel<void>) | null = null;
  /** preempt_count of the context, without the hardirq and softirq parts. */
  preemptCount = 0;
  /** The CPU it runs on (for a task that does not run: ran on last). */
  cpu = 0;
  /** Timeline entry that activated this context; the cause of what it does. */
  cause = -1;
  /** While paused: the time to go on at; Infinity while spinning; -1 otherwise. */
  pauseUntil = -1;
  /** Interrupt mask depth to go back to when this (hardirq, softirq) context ends. */
  savedIrqsOff = 0;
  /** Locks held, in the order they were taken. */
  readonly heldLocks: LockdepMap[] = [];
  /** Nesting of RCU reader sections; and whether it was preempted inside one. */
  rcuDepth = 0;
  rcuBlocks = false;
  /** It reads the clock, behind which interrupts come that do not preempt it. */
  readsClock = false;
  /** Nesting of SRCU reader sections. */
  srcuDepth = 0;
  /** Of a softirq: which. */
  vector = 0;
  /** What the lock validator knows to be held, outermost first: the first `lockDepth` of them. */
  readonly lockStack: HeldLock[] = [];
  lockDepth = 0;

  constructor(
    readonly kind: ContextKind,
    /** Context id in the recorder. An interrupt has that of what it interrupts. */
    public id: number,
    public comm: string,
  ) {}
}

/** The interrupt contexts of a CPU: there are few at a time, and many in a row. */
export class ContextPool {
  private readonly free: Context[] = [];

  constructor(
    private readonly kind: "hardirq" | "softirq",
    private readonly cpu: number,
  ) {}

  /** A context as new, for an interrupt on top of `under`. */
  take(under: Context): Context {
    const ctx = this.free.pop() ?? new Context(this.kind, under.id, under.comm);
    ctx.id = under.id;
    ctx.comm = under.comm;
    ctx.cpu = this.cpu;
    return ctx;
  }

  /** The interrupt has ended: false (and it is not used again) if it did not give back all. */
  give(ctx: Context): boolean {
    if (ctx.preemptCount !== 0 || ctx.heldLocks.length > 0) return false;
    if (ctx.rcuDepth + ctx.srcuDepth + ctx.lockDepth > 0) return false;
    ctx.gen = null;
    ctx.start = null;
    ctx.pauseUntil = -1;
    ctx.rcuBlocks = false;
    this.free[this.free.length] = ctx;
    return true;
  }
}

/** Letters as `sched_switch` prints them. R: running or runnable, X: dead. */
export type TaskState = "R" | "S" | "D" | "I" | "X";

/** Scheduling policy: SCHED_FIFO (irq threads) or SCHED_NORMAL. */
export type Policy = "fifo" | "normal";

export class Task extends Context {
  state: TaskState = "R";
  onRq = false;
  /** What a sleeping task waits for: an edge of the wait-for graph in a deadlock report. */
  waitingOn: WaitReason | null = null;
  /** When it last went to sleep, ns; for the hung-task check. */
  sleptAt = 0;
  /** TIF_SIGPENDING: interruptible waits end with -ERESTARTSYS. */
  signalPending = false;
  /** PF_EXITING: the task is past the start of do_exit(). */
  exiting = false;
  /** exit_code of an exiting task: the signal that killed it, 0 for a plain exit. */
  exitCode = 0;
  /** CPUs it may run on, as a bit mask. */
  affinity = 0xffffffff;
  /** PF_WQ_WORKER: of a kworker, who manages the concurrency of its pool. */
  worker: WorkerHooks | null = null;
  /** Interned name, once it has appeared in the timeline. */
  commId = -1;
  /** The scheduling class's own data (machine/sched). */
  entity: unknown = null;

  constructor(
    kind: "task" | "idle",
    id: number,
    comm: string,
    readonly pid: number,
    public policy: Policy,
    /** Kernel priority: 0..98 real time, 120 normal. */
    public prio: number,
  ) {
    super(kind, id, comm);
  }
}

export interface WaitReason {
  /** e.g. "mutex panthor_sched.lock", "dma_fence 7:1", "completion". */
  readonly what: string;
  /** The task that could end the wait, where one is known. */
  readonly owner?: () => Task | null;
}
