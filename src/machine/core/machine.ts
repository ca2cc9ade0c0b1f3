// The machine: virtual time, CPUs and the loop that runs simulated kernel code on them.
//
// Kernel code is generators (op.ts). A CPU runs its top context until the code yields; operations
// that take time run ahead without yielding while nothing else is due before they end, which gives
// the same order as stopping each time. At one instant, ready CPUs run first in, first out, before
// the next event is taken from the queue. Hence: same inputs, same order, on any host.
//
// Kernel: kernel/sched/core.c (schedule, try_to_wake_up), kernel/softirq.c (irq_exit),
// include/linux/preempt.h, include/linux/irqflags.h.

import { type EmitContext, Recorder } from "../../timeline/recorder.ts";
import { flagHardirq, flagIrqsOff, flagNeedResched, flagSoftirq } from "../../timeline/recorder.ts";
import { Context, Task, type Policy, type TaskState, type WaitReason } from "./context.ts";
import { type CpuCosts, zeroCosts } from "./costs.ts";
import { Cpu, type PendingIrq } from "./cpu.ts";
import { EventQueue, type MachineEvent } from "./event-queue.ts";
import {
  type Atomic,
  CHECK,
  done,
  finished,
  type Kernel,
  PAUSE,
  RESCHED,
  SLEEP,
  stop,
} from "./op.ts";
import { orderOf, type SameInstantOrder } from "./same-instant.ts";
import type { FairHost, FairRunQueue } from "./sched-class.ts";
import { EevdfRunQueue } from "../sched/fair.ts";
import { Scheduler } from "./scheduler.ts";
import { removeAt } from "./small-array.ts";
import type {
  IdleHooks,
  LockValidator,
  RcuReaders,
  RefRegistry,
  TimeoutSource,
} from "./validator.ts";

export interface MachineOptions {
  readonly cpus: number;
  /** CONFIG_HZ: 250 or 1000. */
  readonly hz: number;
  readonly costs?: CpuCosts;
  readonly recorder?: Recorder;
  /** The SCHED_NORMAL run queue of a CPU; EEVDF when not given. */
  readonly fair?: (host: FairHost, options: MachineOptions) => FairRunQueue;
  /** Virtual time at the start, ns since boot. */
  readonly startNs?: number;
  /** The first pid given to a task that does not ask for one. */
  readonly firstPid?: number;
  /** Draws the order of what is due at one instant; 0, the default: first in, first out. */
  readonly seed?: number;
}

/** Why `run` returned. */
export type RunResult = "until" | "stopped" | "nothing-left";

export class Machine {
  readonly rec: Recorder;
  /** Clock and emit position; `at.now` is the virtual time. */
  readonly at: EmitContext;
  readonly costs: CpuCosts;
  readonly hz: number;
  readonly cpus: Cpu[] = [];
  readonly tasks: Task[] = [];
  readonly queue: EventQueue;
  readonly sched: Scheduler;
  /** The context that executes now; null while an event (device) runs. */
  ctx: Context | null = null;
  cpu: Cpu | null = null;
  /** Told of every lock and sleep; null: unchecked. */
  lockdep: LockValidator | null = null;
  /** Sleeping with a timeout, installed by the timer wheel. */
  timeouts: TimeoutSource | null = null;
  /** Reader sections that a preempted task may be in. */
  rcu: RcuReaders | null = null;
  /** Counted objects that are alive, for the leak report. */
  krefs: RefRegistry | null = null;
  /** Told when a CPU's idle task (re-)enters its loop and when it leaves it (tick control). */
  idle: IdleHooks | null = null;
  /** Softirq bodies by vector (TIMER 1, ...); installed by the subsystems that raise them. */
  readonly softirqs: (((cpu: Cpu) => Atomic<void>) | undefined)[] = [];
  private readonly ready: Cpu[] = [];
  private readonly order: SameInstantOrder;
  private stopping = false;
  private nextPid: number;

  constructor(options: MachineOptions) {
    this.rec = options.recorder ?? new Recorder();
    this.order = orderOf(options.seed ?? 0);
    this.queue = new EventQueue(this.order);
    this.at = this.rec.at;
    this.at.now = options.startNs ?? 0;
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

  // --- events ---------------------------------------------------------------------------------

  /** Calls `fn` at `time` (ns), outside any context, with the present cause. */
  schedule(time: number, fn: () => void): MachineEvent {
    return this.queue.push(time, this.at.cause, fn);
  }

  /** Calls `fn` after `delay` ns. */
  after(delay: number, fn: () => void): MachineEvent {
    return this.queue.push(this.at.now + delay, this.at.cause, fn);
  }

  cancel(event: MachineEvent): void {
    this.queue.cancel(event);
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

  /** Ends a pause or a spin of `ctx`. */
  unpause(ctx: Context, expected = Infinity): void {
    if (ctx.pauseUntil !== expected) return;
    ctx.pauseUntil = -1;
    const cpu = this.cpus[ctx.cpu];
    if (cpu.ctx === ctx && cpu.state === "paused") this.makeReady(cpu);
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

  // --- interrupts -----------------------------------------------------------------------------

  /** An interrupt arrives at a CPU: taken now, or when the CPU unmasks interrupts. */
  interrupt(cpu: Cpu, irq: PendingIrq): void {
    if (cpu.irqsOff > 0 || cpu.state === "running") cpu.pendingIrqs.push(irq);
    else this.pushIrq(cpu, irq);
  }

  private pushIrq(cpu: Cpu, irq: PendingIrq): void {
    const under = cpu.ctx;
    const ctx = cpu.hardirqs.take(under);
    ctx.cause = irq.cause;
    ctx.start = irq.start;
    this.push(cpu, ctx);
    cpu.hardirqDepth++;
    if (cpu.state === "idle" || cpu.state === "paused") this.makeReady(cpu);
  }

  private push(cpu: Cpu, ctx: Context): void {
    ctx.savedIrqsOff = cpu.irqsOff;
    cpu.stack.push(cpu.ctx);
    cpu.ctx = ctx;
    cpu.irqsOff = ctx.kind === "hardirq" ? 1 : 0;
  }

  private popContext(cpu: Cpu): void {
    const ctx = cpu.ctx;
    cpu.ctx = cpu.stack.pop()!;
    cpu.irqsOff = ctx.savedIrqsOff;
    if (ctx.kind === "hardirq") {
      cpu.hardirqDepth--;
      cpu.hardirqs.give(ctx);
    } else {
      cpu.softirqDepth--;
      cpu.softirqs.give(ctx);
    }
  }

  /** raise_softirq(): runs at the next interrupt exit. */
  raiseSoftirq(cpu: Cpu, vector: number): void {
    cpu.pendingSoftirqs |= 1 << vector;
  }

  private startSoftirq(cpu: Cpu): void {
    const vector = 31 - Math.clz32(cpu.pendingSoftirqs & -cpu.pendingSoftirqs);
    cpu.pendingSoftirqs &= ~(1 << vector);
    const body = this.softirqs[vector];
    if (body === undefined) return;
    const ctx = cpu.softirqs.take(cpu.ctx);
    ctx.cause = this.at.cause;
    ctx.start = () => body(cpu);
    this.push(cpu, ctx);
    cpu.softirqDepth++;
  }

  // --- the loop -------------------------------------------------------------------------------

  makeReady(cpu: Cpu): void {
    if (cpu.state === "ready" || cpu.state === "running") return;
    cpu.state = "ready";
    this.ready.push(cpu);
  }

  /** Ends `run` at the next yield. */
  stop(): void {
    this.stopping = true;
  }

  /** Runs until `untilNs`, until `stop()`, or until nothing is left to do. */
  run(untilNs = Infinity): RunResult {
    this.stopping = false;
    for (;;) {
      if (this.stopping) return "stopped";
      const { ready } = this;
      // Most of the time it is one CPU.
      const cpu = ready.length > 1 ? removeAt(ready, this.order.pick(ready.length)) : ready.pop();
      if (cpu !== undefined) {
        this.step(cpu);
        continue;
      }
      const next = this.queue.next;
      if (next > untilNs) {
        if (untilNs !== Infinity && untilNs > this.at.now) this.at.now = untilNs;
        return next === Infinity ? "nothing-left" : "until";
      }
      if (next === Infinity) return "nothing-left";
      const event = this.queue.pop()!;
      this.at.now = event.time;
      if (event.ctx !== null) this.unpause(event.ctx, event.time);
      else this.fire(event);
    }
  }

  private fire(event: MachineEvent): void {
    const at = this.at;
    at.cpu = 0;
    at.ctx = 0;
    at.flags = 0;
    at.cause = event.cause;
    const fn = event.fn!;
    event.fn = null;
    fn();
  }

  /** Runs a CPU until it pauses or idles. */
  private step(cpu: Cpu): void {
    cpu.state = "running";
    this.cpu = cpu;
    while (cpu.state === "running" && !this.stopping) {
      // The end of an interrupt preempts its task before it lets the next interrupt in.
      const preempts = cpu.irqExit && cpu.ctx.kind === "task" && this.mayPreempt(cpu, cpu.ctx);
      cpu.irqExit = false;
      if (cpu.pendingIrqs.length > 0 && cpu.irqsOff === 0 && cpu.hardirqDepth === 0 && !preempts) {
        this.pushIrq(cpu, cpu.pendingIrqs.shift()!);
      }
      const ctx = cpu.ctx;
      if (ctx.kind === "idle" || (ctx.kind === "task" && this.mayPreempt(cpu, ctx))) {
        this.enter(cpu);
        this.sched.schedule(cpu, ctx.kind === "task");
        if (cpu.ctx.kind === "idle") {
          cpu.state = "idle";
          this.idle?.enter(cpu);
        } else if (ctx.kind === "idle") this.idle?.exit(cpu);
        continue;
      }
      if (ctx.pauseUntil >= 0) {
        cpu.state = "paused";
        break;
      }
      this.enter(cpu);
      let { gen } = ctx;
      if (gen === null) {
        gen = ctx.start!();
        if (gen === finished) {
          this.finish(cpu, ctx);
          continue;
        }
        ctx.gen = gen;
      }
      const r = gen.next();
      if (r.done === true) this.finish(cpu, ctx);
      else if (r.value === PAUSE) {
        // Granted while yielding (an unlock on this CPU): go on at once.
        if (ctx.pauseUntil >= 0 && cpu.ctx === ctx) cpu.state = "paused";
      } else if (r.value === SLEEP) this.sched.schedule(cpu, false);
      else if (r.value === RESCHED) this.sched.schedule(cpu, true);
    }
    if ((cpu.state as string) === "running") {
      cpu.state = "idle";
      this.makeReady(cpu);
    }
    this.cpu = null;
    this.ctx = null;
  }

  /** A task that was paused or interrupted is preempted before it goes on. */
  private mayPreempt(cpu: Cpu, ctx: Context): boolean {
    return cpu.needResched && ctx.preemptCount === 0 && cpu.irqsOff === 0;
  }

  private enter(cpu: Cpu): void {
    const ctx = cpu.ctx;
    this.ctx = ctx;
    const at = this.at;
    at.cpu = cpu.id;
    at.ctx = ctx.id;
    at.cause = ctx.cause;
    at.flags =
      (cpu.irqsOff > 0 ? flagIrqsOff : 0) |
      (cpu.needResched ? flagNeedResched : 0) |
      (cpu.hardirqDepth > 0 ? flagHardirq : 0) |
      (cpu.softirqDepth > 0 ? flagSoftirq : 0);
  }

  private finish(cpu: Cpu, ctx: Context): void {
    if (ctx.kind === "task") {
      const task = ctx as Task;
      task.state = "X";
      task.gen = null;
      this.sched.schedule(cpu, false);
      return;
    }
    this.popContext(cpu);
    if (cpu.hardirqDepth > 0 || cpu.softirqDepth > 0) return;
    if (cpu.pendingSoftirqs !== 0) this.startSoftirq(cpu);
    else cpu.irqExit = true;
  }
}
