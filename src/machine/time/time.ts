// Everything about time that kernel code uses, behind one object (`linux.time`).

import type { TaskState, WaitReason } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import type { Atomic, Kernel } from "../core/op.ts";
import type { Clock, ClockOptions } from "./clock.ts";
import { HrTimer, type HrTimers } from "./hrtimer.ts";
import { pollTimeout, pollTimeout612, pollTimeoutAtomic, type PollResult } from "./poll.ts";
import { Sleep } from "./sleep.ts";
import { Timer, type TimerFlags, Timers } from "./timers.ts";

export class Time {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly hrtimers: HrTimers;
  readonly sleep: Sleep;

  constructor(
    readonly m: Machine,
    private readonly options: {
      readonly clock?: ClockOptions;
      readonly timers?: Timers;
      /** Polls look at the clock behind each operation, as up to 6.12. */
      readonly pollReadsFirst?: boolean;
    } = {},
  ) {
    this.timers = options.timers ?? new Timers(m, { clock: options.clock });
    this.clock = this.timers.clock;
    this.hrtimers = this.timers.hrtimers;
    this.sleep = new Sleep(this.timers);
  }

  /** jiffies. */
  get jiffies(): number {
    return this.timers.jiffies;
  }

  /** INITIAL_JIFFIES. */
  get bootJiffies(): number {
    return 2 ** 32 - 300 * this.m.hz;
  }

  /** jiffies_64 since boot (without INITIAL_JIFFIES), in ticks. */
  get ticks(): number {
    return this.timers.jiffies - this.bootJiffies;
  }

  msecsToJiffies(ms: number): number {
    return this.timers.msecsToJiffies(ms);
  }
  usecsToJiffies(us: number): number {
    return this.timers.usecsToJiffies(us);
  }
  nsecsToJiffies(ns: number): number {
    return this.timers.nsecsToJiffies(ns);
  }
  jiffiesToMsecs(j: number): number {
    return this.timers.jiffiesToMsecs(j);
  }

  /** A timer_list (timer_setup). */
  timer(functionName: string, fn: () => Atomic<void>, flags?: TimerFlags): Timer {
    return new Timer(this.timers, functionName, fn, flags);
  }

  /** An hrtimer (hrtimer_setup); the callback runs in hardirq context, true restarts it. */
  hrtimer(functionName: string, fn: () => Atomic<boolean | void>): HrTimer {
    return new HrTimer(this.hrtimers, functionName, fn);
  }

  /** ktime_get(): in task context it costs time. */
  ktimeGet(): Atomic<number> {
    return this.clock.ktimeGet();
  }
  udelay(us: number): Atomic {
    return this.m.udelay(us);
  }
  ndelay(ns: number): Atomic {
    return this.m.until(this.m.now + ns);
  }
  cpuRelax(): Atomic {
    return this.clock.cpuRelax();
  }
  scheduleTimeout(
    timeoutJiffies: number,
    state: TaskState = "D",
    reason: WaitReason | null = null,
  ): Kernel<number> {
    return this.sleep.scheduleTimeout(timeoutJiffies, state, reason);
  }
  msleep(ms: number): Kernel {
    return this.sleep.msleep(ms);
  }
  usleepRange(minUs: number, maxUs: number): Kernel {
    return this.sleep.usleepRange(minUs, maxUs);
  }
  fsleep(us: number): Kernel {
    return this.sleep.fsleep(us);
  }
  nanosleep(ns: number): Kernel<number> {
    return this.sleep.nanosleep(ns);
  }

  /** read_poll_timeout(). */
  pollTimeout<T>(
    op: () => Atomic<T> | Kernel<T>,
    cond: (value: T) => boolean,
    sleepUs: number,
    timeoutUs: number,
    sleepBeforeRead = false,
  ): Kernel<PollResult<T>> {
    const poll = this.options.pollReadsFirst === true ? pollTimeout612 : pollTimeout;
    return poll(this.timers, this.sleep, op, cond, sleepUs, timeoutUs, sleepBeforeRead);
  }

  /** read_poll_timeout_atomic(). */
  pollTimeoutAtomic<T>(
    op: () => Atomic<T>,
    cond: (value: T) => boolean,
    delayUs: number,
    timeoutUs: number,
    delayBeforeRead = false,
  ): Atomic<PollResult<T>> {
    const looksTwice = this.options.pollReadsFirst === true;
    return pollTimeoutAtomic(
      this.timers,
      op,
      cond,
      delayUs,
      timeoutUs,
      delayBeforeRead,
      looksTwice,
    );
  }
}
