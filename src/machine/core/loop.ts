// The loop of the machine: CPUs, their context stacks and the queue of events, in virtual time.
//
// A CPU runs its top context until the code yields. At one instant, ready CPUs run first in, first
// out, before the next event is taken from the queue: same inputs, same order, on any host.
//
// Kernel: kernel/sched/core.c (schedule), kernel/softirq.c (irq_exit).

import { type EmitContext, Recorder } from "../../timeline/recorder.ts";
import { flagHardirq, flagIrqsOff, flagNeedResched, flagSoftirq } from "../../timeline/recorder.ts";
import type { Context, Task } from "./context.ts";
import type { Cpu, PendingIrq } from "./cpu.ts";
import { EventQueue, type MachineEvent } from "./event-queue.ts";
import { type Atomic, finished, PAUSE, RESCHED, SLEEP } from "./op.ts";
import { resume } from "./resume.ts";
import { orderOf, type SameInstantOrder } from "./same-instant.ts";
import type { Scheduler } from "./scheduler.ts";
import { removeAt } from "./small-array.ts";
import type { IdleHooks } from "./validator.ts";

export interface LoopOptions {
  readonly recorder?: Recorder;
  /** Virtual time at the start, ns since boot. */
  readonly startNs?: number;
  /** Draws the order of what is due at one instant; 0, the default: first in, first out. */
  readonly seed?: number;
}

/** Why `run` returned. */
export type RunResult = "until" | "stopped" | "nothing-left";

export abstract class MachineLoop {
  readonly rec: Recorder;
  /** Clock and emit position; `at.now` is the virtual time. */
  readonly at: EmitContext;
  readonly cpus: Cpu[] = [];
  readonly queue: EventQueue;
  abstract readonly sched: Scheduler;
  /** The context that executes now; null while an event (device) runs. */
  ctx: Context | null = null;
  cpu: Cpu | null = null;
  /** Told when a CPU's idle task (re-)enters its loop and when it leaves it (tick control). */
  idle: IdleHooks | null = null;
  /** Told of an interrupt or softirq that ends with something that it took. */
  leftHeld: ((ctx: Context) => void) | null = null;
  /** Softirq bodies by vector (TIMER 1, ...); installed by the subsystems that raise them. */
  readonly softirqs: (((cpu: Cpu) => Atomic<void>) | undefined)[] = [];
  protected readonly ready: Cpu[] = [];
  private readonly order: SameInstantOrder;
  private stopping = false;

  constructor(options: LoopOptions) {
    this.rec = options.recorder ?? new Recorder();
    this.order = orderOf(options.seed ?? 0);
    this.queue = new EventQueue(this.order);
    this.at = this.rec.at;
    this.at.now = options.startNs ?? 0;
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

  /** Ends a pause or a spin of `ctx`. */
  unpause(ctx: Context, expected = Infinity): void {
    if (ctx.pauseUntil !== expected) return;
    ctx.pauseUntil = -1;
    const cpu = this.cpus[ctx.cpu];
    if (cpu.ctx === ctx && cpu.state === "paused") this.makeReady(cpu);
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
    // Not push(): on arrays of more than one kind that is a call, and this is each interrupt.
    cpu.stack[cpu.stack.length] = cpu.ctx;
    cpu.ctx = ctx;
    cpu.irqsOff = ctx.kind === "hardirq" ? 1 : 0;
  }

  private popContext(cpu: Cpu): void {
    const ctx = cpu.ctx;
    cpu.ctx = cpu.stack.pop()!;
    cpu.irqsOff = ctx.savedIrqsOff;
    if (ctx.kind === "hardirq") {
      cpu.hardirqDepth--;
      if (!cpu.hardirqs.give(ctx)) this.leftHeld?.(ctx);
    } else {
      cpu.softirqDepth--;
      if (!cpu.softirqs.give(ctx)) this.leftHeld?.(ctx);
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
    ctx.vector = vector;
    ctx.start = () => body(cpu);
    this.push(cpu, ctx);
    cpu.softirqDepth++;
  }

  // --- the loop -------------------------------------------------------------------------------

  makeReady(cpu: Cpu): void {
    if (cpu.state === "ready" || cpu.state === "running") return;
    cpu.state = "ready";
    this.ready[this.ready.length] = cpu;
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
      if (ctx.kind === "idle" && !cpu.needResched) {
        this.idleOn(cpu);
        break;
      }
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
      if (ctx.gen === null) {
        const gen = ctx.start!();
        if (gen === finished) {
          this.finish(cpu, ctx);
          continue;
        }
        ctx.gen = gen;
      }
      const op = resume(ctx);
      if (op === null) this.finish(cpu, ctx);
      else if (op === PAUSE) {
        // Granted while yielding (an unlock on this CPU): go on at once.
        if (ctx.pauseUntil >= 0 && cpu.ctx === ctx) cpu.state = "paused";
      } else if (op === SLEEP) this.sched.schedule(cpu, false);
      else if (op === RESCHED) this.sched.schedule(cpu, true);
    }
    if ((cpu.state as string) === "running") {
      cpu.state = "idle";
      this.makeReady(cpu);
    }
    this.cpu = null;
    this.ctx = null;
  }

  /** The idle task's loop goes round: what interrupted it has woken nobody. */
  private idleOn(cpu: Cpu): void {
    this.enter(cpu);
    this.sched.noteIdle(cpu);
    cpu.state = "idle";
    this.idle?.enter(cpu);
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
