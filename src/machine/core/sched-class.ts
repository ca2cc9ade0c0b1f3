// What the machine asks of the fair scheduling class, and what that class asks of the machine.
// Kernel: struct sched_class in kernel/sched/sched.h.

import type { Task } from "./context.ts";

export interface EnqueueFlags {
  /** ENQUEUE_INITIAL: the first enqueue of a new task. */
  readonly initial?: boolean;
  /** ENQUEUE_DELAYED: a wake-up of a task whose dequeue was delayed. */
  readonly delayed?: boolean;
}

export interface DequeueFlags {
  /** DEQUEUE_SLEEP: the task blocks; otherwise it is queued again, elsewhere or changed. */
  readonly sleep: boolean;
  /** DEQUEUE_SPECIAL: the state allows no spurious wake-up (dead), so no delayed dequeue. */
  readonly special?: boolean;
}

/** The CPU as the fair class sees it. */
export interface FairHost {
  /** resched_curr() of the CPU. */
  reschedCurr(): void;
  /** test_tsk_need_resched() of the CPU's current task. */
  needsResched(): boolean;
  /** __block_task(): a task whose dequeue was delayed has left the queue. */
  blocked(task: Task): void;
}

/** The run queue of one CPU for SCHED_NORMAL tasks. */
export interface FairRunQueue {
  /** Puts a task on the queue (enqueue_task). */
  enqueue(task: Task, flags: EnqueueFlags): void;
  /** Takes a task off the queue; false if it stays queued for now (delayed dequeue). */
  dequeue(task: Task, flags: DequeueFlags): boolean;
  /** Ends a delayed dequeue at once (dequeue_task with DEQUEUE_DELAYED). */
  dequeueDelayed(task: Task): void;
  /** True while the task's dequeue is delayed. */
  isDelayed(task: Task): boolean;
  /** The task to run next, the current one included; null when the queue is empty. */
  pickNext(): Task | null;
  /** `task` stops being current (it may have been dequeued before). */
  putPrev(task: Task): void;
  /** `task` becomes current; `first`: it was just picked. */
  setNext(task: Task, first: boolean): void;
  /** Reschedules if the just woken `task` should preempt the current one (wakeup_preempt). */
  wakeupPreempt(task: Task, fork: boolean): void;
  /** The scheduler tick. */
  tick(): void;
  /** A waiting task that may be moved to another CPU; null if there is none. */
  steal(allowed: (task: Task) => boolean): Task | null;
  /** Tasks on the queue, the current one and delayed ones included (h_nr_queued). */
  readonly nrQueued: number;
  /** rq_clock_task(), ns: when the scheduler last looked at the time; vruntime moves by it. */
  clock: number;
}
