// Timers in jiffies: kernel/time/timer.c (mod_timer, timer_delete, the TIMER softirq). Each CPU has
// a wheel for pinned, one for other and one for deferrable timers. Left out: timer migration; an
// idle CPU keeps its timers.

import { K } from "../../timeline/kinds.ts";
import type { Cpu } from "../core/cpu.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done, type Kernel } from "../core/op.ts";
import { Clock, type ClockOptions, idealClock } from "./clock.ts";
import { HrTimers } from "./hrtimer.ts";
import { scheduleTimeoutOn } from "./sleep.ts";
import { Tick } from "./tick.ts";
import { softirqCount } from "../lock/left-held.ts";
import { warnOnce } from "../warn-once.ts";
import type { Timer } from "./timer.ts";
import { TimerWheel } from "./timer-wheel.ts";

export { Timer, type TimerFlags } from "./timer.ts";

/** Softirq vector of timers. */
export const TIMER_SOFTIRQ = 1;

/** Someone besides the timers who works at ticks. */
export interface TickUser {
  /** In the tick's interrupt. */
  tick(cpu: Cpu): void;
  /** True keeps the tick of an idle CPU. */
  needsTick(cpu: Cpu): boolean;
}

export interface TimersOptions {
  readonly clock?: ClockOptions;
}

interface CpuWheels {
  readonly local: TimerWheel;
  readonly global: TimerWheel;
  readonly deferrable: TimerWheel;
}

/** The timer wheels of all CPUs, with the clock, tick and hrtimers that drive them. */
export class Timers {
  readonly clock: Clock;
  readonly hrtimers: HrTimers;
  readonly tick: Tick;
  /** Others that run at each tick and may keep it alive (RCU). */
  readonly tickUsers: TickUser[] = [];
  private readonly wheels: CpuWheels[];
  private seen = 0;
  private readonly actionId: number;

  constructor(
    readonly m: Machine,
    options: TimersOptions = {},
  ) {
    this.clock = new Clock(m, options.clock ?? idealClock);
    this.hrtimers = new HrTimers(m, this.clock);
    this.tick = new Tick(m, this.hrtimers, {
      nextTimer: (cpu, jiffies, setIdle) => this.nextTimer(cpu, jiffies, setIdle),
      runLocal: (cpu) => {
        this.runLocal(cpu);
        for (const user of this.tickUsers) user.tick(cpu);
      },
      needsTick: (cpu) => this.tickUsers.some((user) => user.needsTick(cpu)),
      clearIdle: (cpu) => void (this.wheels[cpu.id].local.isIdle = false),
    });
    this.wheels = m.cpus.map(({ id }) => ({
      local: new TimerWheel(m.hz, this.jiffies, id),
      global: new TimerWheel(m.hz, this.jiffies, id),
      deferrable: new TimerWheel(m.hz, this.jiffies, id),
    }));
    this.actionId = m.rec.str("TIMER");
    this.hrtimers.tick = this.tick;
    m.softirqs[TIMER_SOFTIRQ] = (cpu) => this.softirq(cpu);
    m.timeouts = { scheduleTimeout: (timeout) => scheduleTimeoutOn(this, timeout) };
    m.idle = this.tick;
    this.tick.start();
  }

  /** jiffies. */
  get jiffies(): number {
    return this.tick.jiffies;
  }

  /** msecs_to_jiffies(). */
  msecsToJiffies(ms: number): number {
    return Math.ceil((ms * this.m.hz) / 1000);
  }

  /** usecs_to_jiffies(). */
  usecsToJiffies(us: number): number {
    return Math.ceil((us * this.m.hz) / 1e6);
  }

  /** nsecs_to_jiffies(): rounds down. */
  nsecsToJiffies(ns: number): number {
    return Math.floor((ns * this.m.hz) / 1e9);
  }

  /** jiffies_to_msecs(). */
  jiffiesToMsecs(j: number): number {
    return (j * 1000) / this.m.hz;
  }

  private wheelFor(timer: Timer): TimerWheel {
    const wheels = this.wheels[this.m.cpu?.id ?? 0];
    if (timer.deferrable) return wheels.deferrable;
    return timer.pinned ? wheels.local : wheels.global;
  }

  /** __mod_timer(). */
  mod(timer: Timer, expires: number): Atomic<boolean> {
    if (timer.shutdown) return done(false);
    const pending = timer.bucket !== null;
    if (pending && timer.expires === expires) return done(true);
    let wheel = timer.wheel ?? this.wheelFor(timer);
    wheel.forward(this.jiffies);
    let slot = null;
    const { clk } = wheel;
    if (pending) {
      slot = wheel.slotOf(expires);
      if (slot.index === timer.index) {
        timer.expires = expires;
        return this.result(true);
      }
      this.detach(timer, wheel);
    }
    const target = this.wheelFor(timer);
    if (wheel !== target && wheel.running !== timer) {
      wheel = target;
      wheel.forward(this.jiffies);
      slot = null;
    }
    timer.expires = expires;
    if (slot === null || clk !== wheel.clk) slot = wheel.slotOf(expires);
    const { rec } = this.m;
    if (timer.id === 0) timer.id = ++this.seen;
    timer.cause = rec.emit(
      K.timer_start,
      timer.id,
      this.functionId(timer),
      expires,
      expires - this.jiffies,
    );
    wheel.enqueue(timer, slot);
    return this.result(pending);
  }

  /** A timer that was started before the machine was, at jiffy `armed`: no timeline entry. */
  armAtBoot(timer: Timer, armed: number, expires: number): void {
    const wheel = this.wheelFor(timer);
    const slot = wheel.slotOf(expires, armed);
    timer.expires = expires;
    if (timer.id === 0) timer.id = ++this.seen;
    wheel.enqueue(timer, slot.bucketExpiry < wheel.clk ? wheel.slotOf(wheel.clk) : slot);
  }

  private functionId(timer: Timer): number {
    if (timer.functionId < 0) timer.functionId = this.m.rec.str(timer.functionName);
    return timer.functionId;
  }

  delete(timer: Timer): Atomic<boolean> {
    if (timer.bucket === null) return done(false);
    this.detach(timer, timer.wheel!);
    return this.result(true);
  }

  *deleteSync(timer: Timer): Kernel<boolean> {
    const { m } = this;
    const pending = yield* this.delete(timer);
    // The callback may be running on another CPU: busy-wait for its end.
    while (timer.wheel?.running === timer && timer.wheel.cpu !== m.cpu!.id) {
      yield* this.clock.cpuRelax();
      if (timer.bucket !== null) yield* this.delete(timer);
    }
    return pending;
  }

  private detach(timer: Timer, wheel: TimerWheel): void {
    this.m.rec.emit(K.timer_cancel, timer.id);
    wheel.detach(timer);
  }

  /** The base lock is dropped: a preemption point. */
  private result(value: boolean): Atomic<boolean> {
    const { cpu } = this.m;
    if (cpu === null || (!cpu.needResched && cpu.pendingIrqs.length === 0)) return done(value);
    return this.preempted(value);
  }

  private *preempted(value: boolean): Atomic<boolean> {
    yield* this.m.preemptPoint();
    return value;
  }

  // --- expiry ---------------------------------------------------------------------------------

  private nextTimer(cpu: Cpu, jiffies: number, setIdle: boolean): number {
    const { local, global } = this.wheels[cpu.id];
    const next = Math.min(local.nextInterrupt(jiffies), global.nextInterrupt(jiffies));
    local.forward(jiffies);
    global.forward(jiffies);
    if (setIdle && next > jiffies + 1) local.isIdle = true;
    if (!local.timersPending && !global.timersPending) return Infinity;
    return this.somethingLeft(cpu) ? next : Infinity;
  }

  /** False when only background timers could still end the idleness of all CPUs. */
  private somethingLeft(cpu: Cpu): boolean {
    for (const { local, global } of this.wheels) {
      if (local.foreground + global.foreground > 0) return true;
    }
    if (this.hrtimers.inUse) return true;
    return this.m.cpus.some((other) => other !== cpu && other.state !== "idle");
  }

  private runLocal(cpu: Cpu): void {
    const { local, global, deferrable } = this.wheels[cpu.id];
    for (const wheel of [local, global, deferrable]) {
      if (this.jiffies < wheel.nextExpiry) continue;
      this.m.rec.emit(K.softirq_raise, TIMER_SOFTIRQ, this.actionId);
      this.m.raiseSoftirq(cpu, TIMER_SOFTIRQ);
      return;
    }
  }

  /** run_timer_softirq(). */
  private *softirq(cpu: Cpu): Atomic {
    const { m } = this;
    m.rec.emit(K.softirq_entry, TIMER_SOFTIRQ, this.actionId);
    const { local, global, deferrable } = this.wheels[cpu.id];
    yield* this.runWheel(local);
    yield* this.runWheel(global);
    yield* this.runWheel(deferrable);
    m.rec.emit(K.softirq_exit, TIMER_SOFTIRQ, this.actionId);
  }

  /** __run_timers(). */
  private *runWheel(wheel: TimerWheel): Atomic {
    const { m } = this;
    if (this.jiffies < wheel.nextExpiry || wheel.running !== null) return;
    m.localIrqSave();
    while (this.jiffies >= wheel.clk && this.jiffies >= wheel.nextExpiry) {
      for (const head of wheel.collect()) {
        while (head.length > 0) yield* this.expire(wheel, head[0]);
      }
    }
    yield* m.localIrqRestore();
  }

  /** expire_timers() for one timer, with the base lock held (interrupts off) around it. */
  private *expire(wheel: TimerWheel, timer: Timer): Atomic {
    const { m } = this;
    const { rec } = m;
    wheel.running = timer;
    m.setCause(timer.cause);
    this.detach(timer, wheel);
    const irqsafe = timer.irqsafe;
    if (!irqsafe) yield* m.localIrqRestore();
    const name = this.functionId(timer);
    m.setCause(rec.emit(K.timer_expire_entry, timer.id, name, this.jiffies));
    const ctx = m.ctx!;
    const count = ctx.preemptCount;
    yield* timer.fn();
    rec.emit(K.timer_expire_exit, timer.id);
    if (ctx.preemptCount !== count) {
      // call_timer_fn() goes on with the count as it was; what was locked stays locked.
      const leak = `${softirqCount(count)} -> ${softirqCount(ctx.preemptCount)}`;
      warnOnce(m, `timer: ${timer.functionName} preempt leak: ${leak}`);
      ctx.preemptCount = count;
    }
    if (!irqsafe) m.localIrqSave();
    wheel.running = null;
  }
}
