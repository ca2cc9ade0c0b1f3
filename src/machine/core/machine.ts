// The machine as kernel code sees it: virtual time, CPUs, tasks, preemption.
//
// Kernel code is generators (op.ts). Operations that take time run ahead without yielding while
// nothing else is due before they end, which gives the same order as stopping each time.
//
// Kernel: kernel/sched/core.c (try_to_wake_up), include/linux/preempt.h, include/linux/irqflags.h.

import { flagIrqsOff } from "../../timeline/recorder.ts";
import { type Policy, Task, type TaskState, type WaitReason } from "./context.ts";
import { type CpuCosts, zeroCosts } from "./costs.ts";
import { Cpu } from "./cpu.ts";
import { type LoopOptions, MachineLoop } from "./loop.ts";
import { type Atomic, CHECK, done, type Kernel, PAUSE, RESCHED, SLEEP, stop } from "./op.ts";
import type { FairHost, FairRunQueue } from "./sched-class.ts";
import { EevdfRunQueue } from "../sched/fair.ts";
import { Scheduler } from "./scheduler.ts";
import type { LockValidator, RcuReaders, RefRegistry, TimeoutSource } from "./validator.ts";

export interface MachineOptions extends LoopOptions {
  readonly cpus: number;
  /** CONFIG_HZ: 250 or 1000. */
  readonly hz: number;
  readonly costs?: CpuCosts;
  /** The SCHED_NORMAL run queue of a CPU; EEVDF when not given. */
  readonly fair?: (host: FairHost, options: MachineOptions) => FairRunQueue;
  /** The first pid given to a task that does not ask for one. */
  readonly firstPid?: number;
}

export class Machine extends MachineLoop {
  readonly costs: CpuCosts;
  readonly hz: number;
  readonly tasks: Task[] = [];
  readonly sched: Scheduler;
  /** Told of every lock and sleep; null: unchecked. */
  lockdep: LockValidator | null = null;
  /** Sleeping with a timeout, installed by the timer wheel. */
  timeouts: TimeoutSource | null = null;
  /** Reader sections that a preempted task may be in. */
  rcu: RcuReaders | null = null;
  /** Counted objects that are alive, for the leak report. */
  krefs: RefRegistry | null = null;
  /** WARN_ONCE() of code without an object of its own: what has been said. */
  readonly warnedOnce = new Set<string>();
  private nextPid: number;

  constructor(options: MachineOptions) {
    super(options);
    this.costs = options.costs ?? zeroCosts;
    this.hz = options.hz;
    this.nextPid = options.firstPid ?? 1;
    this.sched = new Scheduler(this);
    for (let i = 0; i < options.cpus; i++) {
      const comm = `swapper/${i}`;
      const idle = new Task("idle", this.rec.addContext(comm, 0), comm, 0, "normal", 120);
      idle.cpu = i;
      idle.onRq = true;
      this.cpus.push(new Cpu(i, idle, this.fairQueue(options, i)));
    }
  }

  private fairQueue(options: MachineOptions, cpu: number): FairRunQueue {
    const host = this.sched.fairHost(cpu);
    return options.fair?.(host, options) ?? new EevdfRunQueue(host, options);
  }

  /** Virtual time, ns. */
  get now(): number {
    return this.at.now;
  }

  // --- the current context --------------------------------------------------------------------

  /** `current`: the task under the running context. Null in device events. */
  get current(): Task | null {
    return this.cpu === null ? null : this.cpu.task;
  }

  /** True in hardirq or softirq context. */
  get inInterrupt(): boolean {
    return this.ctx !== null && this.ctx.kind !== "task" && this.ctx.kind !== "idle";
  }

  /** From now on, what the current context does is caused by `entry`. */
  setCause(entry: number): void {
    if (this.ctx !== null) this.ctx.cause = entry;
    this.at.cause = entry;
  }

  newPid(): number {
    return this.nextPid++;
  }

  /**
   * A new task, not yet runnable: `body` runs when it is first woken with `sched.wakeNew`.
   * Kernel: kernel/fork.c:copy_process.
   */
  createTask(options: {
    readonly comm: string;
    readonly pid?: number;
    readonly policy?: Policy;
    readonly prio?: number;
    readonly body: () => Kernel<void>;
  }): Task {
    const pid = options.pid ?? this.newPid();
    if (pid >= this.nextPid) this.nextPid = pid + 1;
    const policy = options.policy ?? "normal";
    const prio = options.prio ?? (policy === "fifo" ? 49 : 120);
    // TASK_COMM_LEN is 16 with the terminator.
    const comm = options.comm.slice(0, 15);
    const task = new Task("task", this.rec.addContext(comm, pid), comm, pid, policy, prio);
    task.start = options.body;
    task.state = "D";
    this.tasks.push(task);
    return task;
  }

  // --- operations of kernel code --------------------------------------------------------------

  /** CPU work of `ns`: time passes, interrupts may be taken. */
  spend(ns: number): Atomic<void> {
    if (ns === 0) return done();
    return this.until(this.at.now + ns);
  }

  /** Busy-waits until `time`; interrupts that fall inside are taken at their own time. */
  until(time: number): Atomic<void> {
    const cpu = this.cpu!;
    if (
      this.queue.next > time &&
      this.ready.length === 0 &&
      (cpu.pendingIrqs.length === 0 || cpu.irqsOff > 0)
    ) {
      if (time > this.at.now) this.at.now = time;
      return done();
    }
    return this.pause(time);
  }

  /** Until this time nothing but the running CPU acts, so nothing that it reads can change. */
  get quietUntil(): number {
    return this.ready.length > 0 ? this.at.now : this.queue.next;
  }

  /** udelay: include/asm-generic/delay.h. */
  udelay(us: number): Atomic<void> {
    return this.until(this.at.now + us * 1000);
  }

  private pause(time: number): Atomic<void> {
    const ctx = this.ctx!;
    ctx.pauseUntil = time;
    this.queue.pushPause(time, ctx);
    return stop(PAUSE);
  }

  /** Stops the current CPU until `unpause` is called (spinning on a lock held elsewhere). */
  spin(): Atomic<void> {
    this.ctx!.pauseUntil = Infinity;
    return stop(PAUSE);
  }

  preemptDisable(): void {
    if (this.ctx !== null) this.ctx.preemptCount++;
  }

  /** preempt_enable(): a preemption point. */
  preemptEnable(): Atomic<void> {
    const ctx = this.ctx;
    if (ctx === null) return done();
    ctx.preemptCount--;
    return this.preemptPoint();
  }

  /** preempt_enable_no_resched(): where nothing is pending that could preempt. */
  preemptEnableNoResched(): void {
    if (this.ctx !== null) this.ctx.preemptCount--;
  }

  /** Preempts the current task here if it is due and allowed. */
  preemptPoint(): Atomic<void> {
    const cpu = this.cpu;
    if (cpu === null || cpu.irqsOff > 0) return done();
    if (cpu.pendingIrqs.length > 0 && cpu.hardirqDepth === 0) return stop(CHECK);
    const ctx = this.ctx!;
    if (cpu.needResched && ctx.preemptCount === 0 && ctx.kind === "task") return stop(RESCHED);
    return done();
  }

  /** cond_resched(), yield points of loops. */
  condResched(): Atomic<void> {
    return this.preemptPoint();
  }

  localIrqSave(): void {
    const cpu = this.cpu;
    if (cpu === null) return;
    cpu.irqsOff++;
    this.at.flags |= flagIrqsOff;
  }

  /** local_irq_restore(): interrupts that waited are taken here. */
  localIrqRestore(): Atomic<void> {
    const cpu = this.cpu;
    if (cpu === null) return done();
    if (--cpu.irqsOff === 0) {
      this.at.flags &= ~flagIrqsOff;
      if (cpu.pendingIrqs.length > 0 && cpu.hardirqDepth === 0) return stop(CHECK);
    }
    return done();
  }

  /**
   * Sleeps in `state` until woken: `schedule()` after `set_current_state`. A wake-up between
   * `prepareToSleep` and here is not lost. Kernel: kernel/sched/core.c:schedule.
   */
  sleep(): Kernel<void> {
    return stop(SLEEP);
  }

  /** set_current_state(): call before testing the condition that a waker sets. */
  setState(state: TaskState, reason: WaitReason | null = null): void {
    const task = this.current!;
    task.state = state;
    task.waitingOn = state === "R" ? null : reason;
  }
}
