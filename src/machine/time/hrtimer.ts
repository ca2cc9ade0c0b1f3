// High resolution timers: kernel/time/hrtimer.c, CLOCK_MONOTONIC hard timers. A timer has a soft
// and a hard expiry; the clock event is programmed for the hard one, and any timer interrupt runs,
// in order of hard expiry, every timer up to the first whose soft expiry has not passed.
// Left out: the softirq bases, hang detection, moving timers off idle CPUs.

import { K } from "../../timeline/kinds.ts";
import type { Cpu } from "../core/cpu.ts";
import { EventTimer } from "../core/event-timer.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";
import { insertAt, removeFrom } from "../core/small-array.ts";
import type { Clock } from "./clock.ts";
import { ClockEvent } from "./clock-event.ts";

const retriesMax = 3;

/** Callback of the ticks' timers. */
export const tickFunction = "tick_nohz_handler";

/** tick_irq_enter(): machine/time/tick.ts. */
export interface InterruptWatcher {
  irqEnter(cpu: Cpu): void;
}

/** add_interrupt_randomness(): machine/random.ts. */
export interface InterruptMixer {
  addInterrupt(): Atomic;
}

/** A timer of the device model. */
export interface DeviceTimer {
  start(delayNs: number): void;
  cancel(): void;
}

/** struct hrtimer_cpu_base. */
class CpuBase {
  /** By hard expiry, first started first. */
  readonly queue: HrTimer[] = [];
  expiresNext = Infinity;
  nextTimer: HrTimer | null = null;
  /** While the interrupt runs callbacks: it reprograms the device itself at the end. */
  deferredRearm = false;

  constructor(
    readonly cpu: Cpu,
    readonly device: ClockEvent,
  ) {}

  first(): HrTimer | null {
    const { queue } = this;
    return queue.length > 0 ? queue[0] : null;
  }

  insert(timer: HrTimer): boolean {
    const { queue } = this;
    let i = queue.length;
    while (i > 0 && queue[i - 1].expires > timer.expires) i--;
    insertAt(queue, i, timer);
    timer.base = this;
    return i === 0;
  }

  remove(timer: HrTimer): void {
    removeFrom(this.queue, timer);
    timer.base = null;
  }

  /** hrtimer_update_next_event(). */
  updateNextEvent(): number {
    const next = this.first();
    this.nextTimer = next;
    return next === null ? Infinity : next.expires;
  }

  /** hrtimer_force_reprogram(). */
  forceReprogram(skipEqual: boolean): void {
    const next = this.updateNextEvent();
    if (skipEqual && next === this.expiresNext) return;
    this.expiresNext = next;
    this.device.program(next);
  }
}

/** struct hrtimer. The callback runs in hardirq context; true restarts the timer. */
export class HrTimer {
  base: CpuBase | null = null;
  /** Hard and soft expiry, ns of CLOCK_MONOTONIC. */
  expires = 0;
  softExpires = 0;
  /** Timeline entry that started the timer. */
  cause = -1;
  running = false;

  constructor(
    private readonly timers: HrTimers,
    readonly functionName: string,
    readonly fn: () => Atomic<boolean | void>,
    /** HRTIMER_MODE_PINNED: the CPU it always runs on. */
    readonly pinnedCpu: number | null = null,
  ) {}

  /** hrtimer_is_queued(). */
  get queued(): boolean {
    return this.base !== null;
  }

  /** hrtimer_start_range_ns(HRTIMER_MODE_ABS). */
  start(expiresNs: number, slackNs = 0): void {
    this.timers.start(this, expiresNs, slackNs);
  }

  /** hrtimer_start_expires_user(): false, and not started, if it has expired already. */
  startUser(expiresNs: number, slackNs = 0): boolean {
    return this.timers.startUser(this, expiresNs, slackNs);
  }

  /** hrtimer_try_to_cancel(): true if the timer was queued. */
  cancel(): boolean {
    return this.timers.cancel(this);
  }

  /** hrtimer_forward(): moves the expiry past `now` in steps of `interval`; for restarts. */
  forward(now: number, interval: number): void {
    if (now < this.expires) return;
    const steps = Math.floor((now - this.expires) / interval) + 1;
    this.expires += steps * interval;
    this.softExpires += steps * interval;
  }
}

/** The hrtimer bases of all CPUs. */
export class HrTimers {
  private readonly bases: CpuBase[];
  private readonly trace: boolean;
  private readonly names: { readonly hrTimer: number; readonly handled: number };
  /** Told of the start of each interrupt. */
  tick: InterruptWatcher | null = null;
  /** Told of the end of each interrupt. */
  random: InterruptMixer | null = null;

  constructor(
    private readonly m: Machine,
    readonly clock: Clock,
  ) {
    this.trace = clock.options.traceClockEvent ?? false;
    this.names = { hrTimer: m.rec.str("hr timer"), handled: m.rec.str("handled") };
    this.bases = m.cpus.map((cpu): CpuBase => {
      const handler = (): Atomic => this.interrupt(base);
      const base: CpuBase = new CpuBase(cpu, new ClockEvent(m, cpu, clock, handler));
      return base;
    });
  }

  /**
   * A timer that calls `fn` as hardware does, outside kernel code. With a shared clock event it is
   * an hrtimer on the CPU that starts it, as the recordings' device is; else a plain event.
   */
  deviceTimer(fn: () => void): DeviceTimer {
    if (!this.clock.options.deviceSharesClockEvent) return new EventTimer(this.m, fn);
    const timer = new HrTimer(this, "device", () => this.runDevice(fn));
    return {
      start: (delayNs) => this.start(timer, this.clock.now + delayNs, 0),
      cancel: () => void this.cancel(timer),
    };
  }

  /**
   * A timer that interrupts CPU `cpu` and runs `handler` in hardirq context: inside the clock event
   * interrupt when the device shares it, else as an interrupt of its own.
   */
  deviceInterrupt(cpu: number, handler: () => Atomic): DeviceTimer {
    const { m } = this;
    if (this.clock.options.deviceSharesClockEvent) {
      const timer = new HrTimer(this, "device interrupt", handler, cpu);
      return {
        start: (delayNs) => this.start(timer, this.clock.now + delayNs, 0),
        cancel: () => void this.cancel(timer),
      };
    }
    const start = (): Atomic => this.ownInterrupt(m.cpus[cpu], handler);
    return new EventTimer(m, () =>
      m.interrupt(m.cpus[cpu], { name: "device", cause: m.at.cause, start }),
    );
  }

  private *ownInterrupt(cpu: Cpu, handler: () => Atomic): Atomic {
    this.tick?.irqEnter(cpu);
    if (this.m.costs.irqEntry > 0) yield* this.m.spend(this.m.costs.irqEntry);
    yield* handler();
  }

  /** A device event inside the clock event interrupt: what it emits belongs to the device. */
  private runDevice(fn: () => void): Atomic {
    const { at } = this.m;
    const { cause, ctx, flags } = at;
    at.ctx = 0;
    at.flags = 0;
    fn();
    at.cause = cause;
    at.ctx = ctx;
    at.flags = flags;
    return done();
  }

  /** True if a timer other than the ticks is queued. */
  get inUse(): boolean {
    return this.bases.some(({ queue }) => queue.some((t) => t.functionName !== tickFunction));
  }

  start(timer: HrTimer, expiresNs: number, slackNs: number): void {
    const base = this.enqueue(timer, expiresNs, slackNs);
    if (base !== null) this.reprogram(base, timer);
  }

  startUser(timer: HrTimer, expiresNs: number, slackNs: number): boolean {
    const base = this.enqueue(timer, expiresNs, slackNs);
    if (base === null) return true;
    if (timer.softExpires < base.expiresNext && timer.softExpires <= this.clock.now) {
      base.remove(timer);
      return false;
    }
    this.reprogram(base, timer);
    return true;
  }

  /** __hrtimer_start_range_ns(): the base whose device may need reprogramming, or null. */
  private enqueue(timer: HrTimer, expiresNs: number, slackNs: number): CpuBase | null {
    const base = this.bases[timer.pinnedCpu ?? this.m.cpu?.id ?? 0];
    const old = timer.base;
    const wasFirst = old !== null && old.nextTimer === timer;
    if (old !== null) old.remove(timer);
    if (wasFirst && old !== base) this.afterRemove(old, timer);
    timer.softExpires = expiresNs;
    timer.expires = expiresNs + slackNs;
    timer.cause = this.m.at.cause;
    const first = base.insert(timer);
    if (base.deferredRearm) return null;
    if (wasFirst && old === base) {
      base.forceReprogram(true);
      return null;
    }
    return first ? base : null;
  }

  /** hrtimer_reprogram(). */
  private reprogram(base: CpuBase, timer: HrTimer): void {
    if (timer.expires >= base.expiresNext) return;
    base.nextTimer = timer;
    base.expiresNext = timer.expires;
    base.device.program(timer.expires);
  }

  cancel(timer: HrTimer): boolean {
    const { base } = timer;
    if (base === null) return false;
    base.remove(timer);
    this.afterRemove(base, timer);
    return true;
  }

  private afterRemove(base: CpuBase, timer: HrTimer): void {
    if (timer === base.nextTimer && !base.deferredRearm) base.forceReprogram(true);
  }

  /** timer_handler() of the clock event: hrtimer_interrupt(). */
  private *interrupt(base: CpuBase): Atomic {
    const { m } = this;
    if (m.costs.irqEntry > 0) yield* m.spend(m.costs.irqEntry);
    if (this.trace) m.rec.emit(K.irq_handler_entry, 0, this.names.hrTimer);
    this.tick?.irqEnter(base.cpu);
    for (let retries = 0; ;) {
      base.deferredRearm = true;
      base.expiresNext = Infinity;
      yield* this.runQueue(base, this.clock.now);
      const next = base.updateNextEvent();
      // The clock is never ahead of the time: most of the time it need not be read.
      if (next < m.at.now && next < this.clock.now && ++retries < retriesMax) continue;
      base.deferredRearm = false;
      base.expiresNext = next;
      base.device.program(next);
      break;
    }
    if (this.trace) m.rec.emit(K.irq_handler_exit, 0, this.names.handled);
    if (this.random !== null) yield* this.random.addInterrupt();
  }

  /** __hrtimer_run_queues(). */
  private *runQueue(base: CpuBase, now: number): Atomic {
    for (let timer = base.first(); timer !== null; timer = base.first()) {
      if (now < timer.softExpires) break;
      base.remove(timer);
      timer.running = true;
      this.m.setCause(timer.cause);
      const restart = yield* timer.fn();
      timer.running = false;
      if (restart === true && timer.base === null) base.insert(timer);
    }
  }
}
