// struct workqueue_struct, with the queueing operations of its users as methods.
// Kernel: kernel/workqueue.c, include/linux/workqueue.h.

import type { Task } from "../core/context.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import { LockdepMap } from "../core/validator.ts";
import type { Completion } from "../wait/completion.ts";
import { Mutex } from "../lock/mutex.ts";
import type { WqEnv } from "./env.ts";
import type { Flush } from "./flush.ts";
import type { NodeActive, PoolWorkqueue } from "./pool-workqueue.ts";
import type { Queueing } from "./queueing.ts";
import type { DelayedWork, Work } from "./work.ts";

export interface WorkqueueOptions {
  /** WQ_UNBOUND; otherwise items run on the CPU that queues them. */
  readonly unbound?: boolean;
  /** alloc_ordered_workqueue(): one item at a time, in queueing order; implies unbound. */
  readonly ordered?: boolean;
  readonly highpri?: boolean;
  /** 0 or absent: WQ_DFL_ACTIVE. */
  readonly maxActive?: number;
  readonly freezable?: boolean;
  /** WQ_MEM_RECLAIM: has a rescuer (made by `Workqueues.create`). */
  readonly memReclaim?: boolean;
}

/** struct wq_flusher. */
export interface Flusher {
  color: number;
  readonly done: Completion;
}

/** What workqueues are made of: shared by all of them. */
export interface WqOps {
  readonly env: WqEnv;
  readonly queueing: Queueing;
  readonly flush: Flush;
}

export class Workqueue {
  /** Interned name. */
  readonly nameId: number;
  readonly mutex: Mutex;
  /** The pool workqueue of each CPU. */
  readonly cpuPwq: PoolWorkqueue[] = [];
  /** All pool workqueues, oldest first. */
  readonly pwqs: PoolWorkqueue[] = [];
  /** max_active of an unbound workqueue; null for a per-CPU one. */
  nodeActive: NodeActive | null = null;
  /** maxActive while thawed. */
  readonly savedMaxActive: number;
  workColor = 0;
  flushColor = 0;
  pwqsToFlush = 0;
  firstFlusher: Flusher | null = null;
  readonly flusherQueue: Flusher[] = [];
  readonly flusherOverflow: Flusher[] = [];
  drainers = 0;
  destroying = false;
  rescuer: Task | null = null;
  /** wq->lockdep_map: held while an item runs, touched by flushes. */
  readonly lockMap: LockdepMap;

  constructor(
    private readonly ops: WqOps,
    readonly name: string,
    readonly options: WorkqueueOptions,
    /** 0 while frozen. */
    public maxActive: number,
  ) {
    const { m } = ops.env;
    this.savedMaxActive = maxActive;
    this.nameId = m.rec.str(name);
    this.mutex = new Mutex(m, `wq->mutex`);
    this.lockMap = new LockdepMap(`(wq_completion)${name}`, "map");
  }

  get ordered(): boolean {
    return this.options.ordered === true;
  }

  /** queue_work(): false if it was pending already. */
  queueWork(work: Work): Atomic<boolean> {
    return this.ops.queueing.queueWork(this, work, -1);
  }

  /** queue_work_on(). */
  queueWorkOn(cpu: number, work: Work): Atomic<boolean> {
    return this.ops.queueing.queueWork(this, work, cpu);
  }

  /** queue_delayed_work(). */
  queueDelayedWork(dwork: DelayedWork, delayJiffies: number): Atomic<boolean> {
    return this.ops.queueing.queueDelayedWork(this, dwork, delayJiffies);
  }

  /** mod_delayed_work(): true if it was pending. */
  modDelayedWork(dwork: DelayedWork, delayJiffies: number): Atomic<boolean> {
    return this.ops.queueing.modDelayedWork(this, dwork, delayJiffies);
  }

  /** flush_workqueue(): waits for everything queued so far. */
  flush(): Kernel {
    return this.ops.flush.flushWorkqueue(this);
  }

  /** drain_workqueue(): flushes until empty; only its own items may queue more. */
  drain(): Kernel {
    return this.ops.flush.drain(this);
  }

  /** destroy_workqueue(). */
  destroy(): Kernel {
    return this.ops.flush.destroy(this);
  }

  /** True if no item is queued or active (pwq_is_empty of all its shares). */
  get isEmpty(): boolean {
    return this.pwqs.every((pwq) => pwq.isEmpty);
  }
}
