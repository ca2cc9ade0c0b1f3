// The scheduler tick and jiffies: kernel/time/tick-sched.c with CONFIG_NO_HZ_IDLE and high
// resolution timers. The tick is an hrtimer at multiples of 1/HZ of the clock; it stops while a CPU
// idles with no timer due within a tick. Left out: the do_timer duty (any tick updates jiffies).

import type { Cpu } from "../core/cpu.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";
import type { Clock } from "./clock.ts";
import type { IdleHooks } from "../core/validator.ts";
import { HrTimer, type HrTimers, type InterruptWatcher, tickFunction } from "./hrtimer.ts";

/** What the tick asks of the timer wheels. */
export interface TickClient {
  /** get_next_timer_interrupt(): jiffy of the next expiry on a CPU; may mark its wheels idle. */
  nextTimer(cpu: Cpu, jiffies: number, setIdle: boolean): number;
  /** run_local_timers(): raises the TIMER softirq if something has expired. */
  runLocal(cpu: Cpu): void;
  /** rcu_needs_cpu(). */
  needsTick(cpu: Cpu): boolean;
  /** timer_clear_idle(). */
  clearIdle(cpu: Cpu): void;
}

/** struct tick_sched. */
interface TickSched {
  readonly timer: HrTimer;
  stopped: boolean;
  /** Expiry of the tick when it was stopped. */
  lastTick: number;
  /** What the stopped tick's timer is programmed for; 0 if unknown. */
  nextTick: number;
  /** Between idle entry and exit. */
  inIdle: boolean;
  /** The tick has run since the idle loop last looked. */
  gotIdleTick: boolean;
}

export class Tick implements IdleHooks, InterruptWatcher {
  /** TICK_NSEC. */
  readonly tickNs: number;
  jiffies: number;
  /** CLOCK_MONOTONIC time of the last update of jiffies. */
  lastUpdate: number;
  private readonly scheds: TickSched[];
  private readonly clock: Clock;

  constructor(
    private readonly m: Machine,
    hrtimers: HrTimers,
    private readonly client: TickClient,
  ) {
    this.clock = hrtimers.clock;
    this.tickNs = 1e9 / m.hz;
    const ticks = Math.floor(this.clock.now / this.tickNs);
    this.lastUpdate = ticks * this.tickNs;
    // INITIAL_JIFFIES: five minutes before the 32-bit counter wraps.
    this.jiffies = 2 ** 32 - 300 * m.hz + ticks;
    this.scheds = m.cpus.map((cpu) => ({
      timer: new HrTimer(hrtimers, tickFunction, () => this.handler(cpu), cpu.id),
      stopped: false,
      lastTick: 0,
      nextTick: 0,
      inIdle: false,
      gotIdleTick: false,
    }));
  }

  /** Starts the tick of every CPU; called once the timer wheels exist. */
  start(): void {
    for (const ts of this.scheds) ts.timer.start(this.lastUpdate + this.tickNs);
  }

  /** tick_do_update_jiffies64(). */
  update(now: number): void {
    const ticks = Math.floor((now - this.lastUpdate) / this.tickNs);
    if (ticks <= 0) return;
    this.jiffies += ticks;
    this.lastUpdate += ticks * this.tickNs;
  }

  /** tick_irq_enter(): an interrupt in the idle task catches up with jiffies. */
  irqEnter(cpu: Cpu): void {
    if (cpu.task === cpu.idle && this.scheds[cpu.id].stopped) this.update(this.clock.now);
  }

  /** tick_nohz_handler(). */
  private handler(cpu: Cpu): Atomic<boolean> {
    const ts = this.scheds[cpu.id];
    const { now } = this.clock;
    this.update(now);
    if (ts.inIdle) ts.gotIdleTick = true;
    if (ts.stopped) ts.nextTick = 0;
    this.client.runLocal(cpu);
    this.m.sched.tick(cpu);
    if (ts.stopped) return done(false);
    ts.timer.forward(now, this.tickNs);
    return done(true);
  }

  /**
   * One turn of the idle loop (do_idle() without a cpuidle driver): the tick is stopped only after
   * it has run once in this idle period, so that a short idle does not pay for stopping it.
   */
  enter(cpu: Cpu): void {
    const ts = this.scheds[cpu.id];
    const gotTick = ts.inIdle && ts.gotIdleTick;
    ts.inIdle = true;
    ts.gotIdleTick = false;
    if (!gotTick && !ts.stopped) return;
    const next = this.nextEvent(ts, cpu);
    if (next !== 0) this.stop(ts, cpu, next);
  }

  /** tick_nohz_next_event(): 0 keeps the tick. */
  private nextEvent(ts: TickSched, cpu: Cpu): number {
    const { jiffies, lastUpdate, tickNs } = this;
    if (this.client.needsTick(cpu)) return ts.stopped ? lastUpdate + tickNs : 0;
    const timer = this.client.nextTimer(cpu, jiffies, false);
    const next = timer === Infinity ? Infinity : lastUpdate + Math.max(timer - jiffies, 0) * tickNs;
    return next - lastUpdate <= tickNs && !ts.stopped ? 0 : next;
  }

  /** tick_nohz_stop_tick(). */
  private stop(ts: TickSched, cpu: Cpu, expires: number): void {
    if (!ts.stopped) {
      const timer = this.client.nextTimer(cpu, this.jiffies, true);
      if (timer <= this.jiffies + 1) return;
      ts.lastTick = ts.timer.expires;
      ts.stopped = true;
    } else if (expires === ts.nextTick) return;
    ts.nextTick = expires;
    if (expires === Infinity) ts.timer.cancel();
    else ts.timer.start(expires);
  }

  /** tick_nohz_idle_exit(): the idle task is switched out. */
  exit(cpu: Cpu): void {
    const ts = this.scheds[cpu.id];
    ts.inIdle = false;
    ts.gotIdleTick = false;
    if (!ts.stopped) return;
    const { now } = this.clock;
    this.update(now);
    this.client.clearIdle(cpu);
    ts.stopped = false;
    const behind = Math.floor((now - ts.lastTick) / this.tickNs) + 1;
    ts.timer.start(ts.lastTick + Math.max(behind, 0) * this.tickNs);
    ts.nextTick = 0;
  }
}
