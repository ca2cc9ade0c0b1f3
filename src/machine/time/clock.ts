// The clock source and its reads: kernel/time/timekeeping.c (ktime_get), and the clock options of a
// profile. With a grain, the clock is virtual time rounded down to a grid: User-Mode Linux, where
// the recordings were made, counts 256 ns steps (arch/um/kernel/time.c).

import type { Context } from "../core/context.ts";
import type { Machine } from "../core/machine.ts";
import { type Atomic, done } from "../core/op.ts";

/** How clock and clock event device behave; part of a profile. */
export interface ClockOptions {
  /** Step of the clock source, ns. */
  readonly grainNs: number;
  /** Minimum programming distance of the clock event device, ns. */
  readonly minDeltaNs: number;
  /** Offset of the clock's grid from virtual time 0, ns. */
  readonly phaseNs: number;
  /** The device model's delays are hrtimers on the same clock event (the recordings' set-up). */
  readonly deviceSharesClockEvent: boolean;
  /** What the clock event device adds to each programmed distance, ns. */
  readonly programExtraNs?: number;
  /** Virtual time of one cpu_relax(), ns. */
  readonly cpuRelaxNs?: number;
  /** Whether each clock event interrupt appears in the timeline (irq 0, `hr timer`). */
  readonly traceClockEvent?: boolean;
}

/** The clock of the recordings: 256 ns grain, 500 ns minimum distance, device timers share it. */
export const recordedClock: ClockOptions = {
  grainNs: 256,
  minDeltaNs: 500,
  phaseNs: 0,
  deviceSharesClockEvent: true,
  programExtraNs: 1,
  cpuRelaxNs: 1,
  traceClockEvent: true,
};

/** A clock without grain; the device keeps its own time. */
export const idealClock: ClockOptions = {
  grainNs: 1,
  minDeltaNs: 0,
  phaseNs: 0,
  deviceSharesClockEvent: false,
  programExtraNs: 0,
  cpuRelaxNs: 1,
  traceClockEvent: false,
};

/** CLOCK_MONOTONIC. */
export class Clock {
  readonly cpuRelaxNs: number;
  private readonly grainNs: number;
  private readonly phaseNs: number;

  constructor(
    readonly m: Machine,
    readonly options: ClockOptions,
  ) {
    this.grainNs = options.grainNs;
    this.phaseNs = options.phaseNs;
    this.cpuRelaxNs = options.cpuRelaxNs ?? 1;
  }

  /** The clock's value now, without the cost of reading it. */
  get now(): number {
    const { grainNs, phaseNs } = this;
    const t = this.m.at.now;
    return grainNs === 1 ? t : Math.floor((t - phaseNs) / grainNs) * grainNs + phaseNs;
  }

  /** ktime_get(): a read in task context with interrupts on costs `costs.clockRead`. */
  ktimeGet(): Atomic<number> {
    const { m } = this;
    const cost = m.costs.clockRead;
    if (cost > 0 && m.ctx !== null && m.ctx.kind === "task" && m.cpu!.irqsOff === 0) {
      return this.read(cost);
    }
    return done(this.now);
  }

  /** cpu_relax(): a turn of a busy loop. */
  cpuRelax(): Atomic {
    return this.m.spend(this.cpuRelaxNs);
  }

  private read(cost: number): Atomic<number> {
    return passClockRead(this.m, cost) ? done(this.now) : this.readSlowly(cost);
  }

  private *readSlowly(cost: number): Atomic<number> {
    const { m } = this;
    const ctx = beginClockRead(m);
    yield* m.spend(cost);
    yield* m.localIrqRestore();
    endClockRead(ctx);
    return this.now;
  }
}

/** The time of a clock read passes at once where nothing falls inside; else false. */
function passClockRead(m: Machine, cost: number): boolean {
  const end = m.at.now + cost;
  if (m.quietUntil <= end || m.cpu!.pendingIrqs.length > 0) return false;
  m.at.now = end;
  return true;
}

/**
 * The time of one clock read. Interrupts that fall inside are taken at its end, and do not
 * preempt: User-Mode Linux moves its time in one step and does not look at need_resched on the
 * way out (recording 07b-mmu-fault at 1.202354128).
 */
export function* spendClockRead(m: Machine, cost = m.costs.clockRead): Atomic {
  const ctx = beginClockRead(m);
  yield* m.spend(cost);
  yield* m.localIrqRestore();
  endClockRead(ctx);
}

function beginClockRead(m: Machine): Context {
  const ctx = m.ctx!;
  ctx.preemptCount++;
  ctx.readsClock = true;
  m.localIrqSave();
  return ctx;
}

function endClockRead(ctx: Context): void {
  ctx.readsClock = false;
  ctx.preemptCount--;
}
