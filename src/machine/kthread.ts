// Kernel threads: kernel/kthread.c. kthreadd (pid 2) forks every thread on request; a new thread
// reports to its creator and sleeps until it is woken.

import type { Task } from "./core/context.ts";
import type { Machine } from "./core/machine.ts";
import type { Atomic, Kernel } from "./core/op.ts";
import { spendClockRead } from "./time/clock.ts";
import { Completion } from "./wait/completion.ts";
import { wakeUpProcess } from "./wait/wake.ts";

/** Clock reads of a fork (copy_process). */
export const forkClockReads = 3;

interface CreateRequest {
  readonly comm: string;
  readonly fn: () => Kernel<void>;
  readonly done: Completion;
  task: Task | null;
}

/** struct kthread. */
interface Kthread {
  shouldStop: boolean;
  readonly exited: Completion;
}

/** kthreadd and the threads that it made. */
export class Kthreads {
  readonly kthreadd: Task;
  private readonly requests: CreateRequest[] = [];
  private readonly threads = new Map<Task, Kthread>();

  constructor(
    private readonly m: Machine,
    options: { readonly pid?: number } = {},
  ) {
    this.kthreadd = m.createTask({
      comm: "kthreadd",
      pid: options.pid ?? 2,
      body: () => this.loop(),
    });
    // It sleeps from boot on; its first wake-up starts the loop.
    this.kthreadd.state = "S";
  }

  /** kthread_create(): the new thread sleeps (D) until wake_up_process(). */
  *create(comm: string, fn: () => Kernel<void>): Kernel<Task> {
    const { m } = this;
    const done = new Completion(m, `kthread_create(${comm})`);
    const request: CreateRequest = { comm, fn, done, task: null };
    this.requests.push(request);
    yield* wakeUpProcess(m, this.kthreadd);
    yield* done.wait();
    return request.task!;
  }

  /** kthread_run(): create and wake. */
  *run(comm: string, fn: () => Kernel<void>): Kernel<Task> {
    const task = yield* this.create(comm, fn);
    yield* wakeUpProcess(this.m, task);
    return task;
  }

  /** A thread that exists since boot and sleeps; its first wake-up starts `fn`. */
  existing(options: {
    readonly comm: string;
    readonly pid?: number;
    readonly prio?: number;
    readonly fn: () => Kernel<void>;
  }): Task {
    const { comm, pid, prio, fn } = options;
    const thread = { shouldStop: false, exited: new Completion(this.m, `exit of ${comm}`) };
    const task = this.m.createTask({ comm, pid, prio, body: () => this.runToEnd(thread, fn) });
    task.state = "I";
    this.threads.set(task, thread);
    return task;
  }

  private *runToEnd(thread: Kthread, fn: () => Kernel<void>): Kernel {
    yield* fn();
    yield* thread.exited.completeAll();
  }

  /** kthread_bind_mask(): before the first wake-up, from the creator. */
  bind(task: Task, mask: number): void {
    this.m.sched.waitTaskInactive(task);
    task.affinity = mask;
  }

  /** PF_KTHREAD of a task that was made here. */
  isThread(task: Task): boolean {
    return task === this.kthreadd || this.threads.has(task);
  }

  /** kthread_should_stop(), for the current thread. */
  shouldStop(): boolean {
    return this.threads.get(this.m.current!)?.shouldStop ?? false;
  }

  /** kthread_stop(): asks the thread to end and waits for it. */
  *stop(task: Task): Kernel {
    const thread = this.threads.get(task);
    if (thread === undefined) return;
    thread.shouldStop = true;
    yield* wakeUpProcess(this.m, task);
    yield* thread.exited.wait();
    this.threads.delete(task);
  }

  /** kthreadd(). */
  private *loop(): Kernel {
    const { m, requests } = this;
    for (;;) {
      m.setState("S", { what: "kthread_create requests" });
      if (requests.length === 0) yield* m.sleep();
      m.setState("R");
      while (requests.length > 0) yield* this.fork(requests.shift()!);
    }
  }

  /** create_kthread(), kernel_clone(). */
  private *fork(request: CreateRequest): Atomic {
    const { m } = this;
    for (let i = 0; i < forkClockReads; i++) {
      yield* spendClockRead(m);
      yield* m.preemptPoint();
    }
    const thread = { shouldStop: false, exited: new Completion(m, `exit of ${request.comm}`) };
    const task = m.createTask({ comm: request.comm, body: () => this.body(request, thread) });
    this.threads.set(task, thread);
    request.task = task;
    m.preemptDisable();
    m.sched.wakeNew(task);
    yield* m.preemptEnable();
  }

  /** kthread(). */
  private *body(request: CreateRequest, thread: Kthread): Kernel {
    const { m } = this;
    m.sched.setNormal(m.current!, 0);
    m.setState("D", { what: `first wake-up of ${request.comm}` });
    m.preemptDisable();
    yield* request.done.complete();
    m.current!.preemptCount--;
    yield* m.sleep();
    if (!thread.shouldStop) yield* request.fn();
    // do_exit() accounts for the thread's time.
    yield* m.spend(m.costs.clockRead);
    yield* thread.exited.completeAll();
  }
}
