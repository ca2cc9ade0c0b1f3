// What the machine asks of a scheduling class (kernel: struct sched_class in kernel/sched/sched.h).

import type { Task } from "./context.ts";

/** Flags of enqueue/dequeue that a class may care about. */
export interface EnqueueFlags {
  readonly wakeup: boolean;
  readonly initial: boolean;
}

/** The run queue of one CPU for SCHED_NORMAL tasks. */
export interface FairRunQueue {
  /** Puts a runnable task on the queue. */
  enqueue(task: Task, flags: EnqueueFlags): void;
  /** Takes a task that goes to sleep off the queue (`curr` included). */
  dequeue(task: Task): void;
  /** The task to run next, `curr` (still runnable) included; null when the queue is empty. */
  pickNext(): Task | null;
  /** `task` becomes current / stops being current while runnable. */
  setNext(task: Task): void;
  putPrev(task: Task): void;
  /** True if the just woken `task` should preempt the current one. */
  checkPreempt(curr: Task, task: Task): boolean;
  /** The scheduler tick at `curr`: true if it should be rescheduled. */
  tick(curr: Task): boolean;
  /** Runnable tasks on the queue, current included. */
  readonly nrRunning: number;
}
