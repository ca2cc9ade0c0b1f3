// The random number generator's timers: drivers/char/random.c. It reseeds itself on a timer whose
// interval grows with the uptime, and interrupts are mixed in after 1024 of them or a second. No
// randomness is made; what counts is that these timers and work items run beside the driver's.

import type { BootState } from "./boot.ts";
import { type Atomic, done, type Kernel } from "./core/op.ts";
import type { InterruptMixer } from "./time/hrtimer.ts";
import type { Time } from "./time/time.ts";
import type { Timer } from "./time/timers.ts";
import { Work } from "./workqueue/work.ts";
import type { Workqueues } from "./workqueue/workqueues.ts";

/** CRNG_RESEED_INTERVAL, s. */
const reseedIntervalS = 60;
/** Interrupts that are mixed in at once. */
const interruptsMax = 1024;

export class Random implements InterruptMixer {
  private readonly reseedWork: Work;
  /** The delayed work's timer, of its own because it has been running since boot. */
  private readonly reseedTimer: Timer;
  private readonly mixTimer: Timer;
  private interrupts = 0;
  private mixInFlight = false;
  private lastMix: number;

  constructor(
    private readonly time: Time,
    private readonly wq: Workqueues,
    boot: BootState,
  ) {
    const { timers } = time;
    this.reseedWork = new Work("crng_reseed", () => this.reseed());
    const expire = (): Atomic<void> => this.queueReseed();
    this.reseedTimer = time.timer("delayed_work_timer_fn", expire, {
      irqsafe: true,
      background: true,
    });
    const mix = (): Atomic<void> => this.mix();
    this.mixTimer = time.timer("mix_interrupt_randomness", mix, { pinned: true });
    const { hz } = time.m;
    this.lastMix = time.bootJiffies + boot.irqPoolTick;
    const ready = time.bootJiffies + boot.crngReadyTick;
    timers.armAtBoot(this.reseedTimer, ready, ready + hz);
  }

  private *queueReseed(): Atomic<void> {
    yield* this.wq.systemUnboundWq.queueWork(this.reseedWork);
  }

  /** crng_reseed(). */
  private *reseed(): Kernel {
    yield* this.reseedTimer.mod(this.time.jiffies + this.reseedInterval());
  }

  /** crng_reseed_interval(): a second, then half the uptime, in the end a minute. */
  private reseedInterval(): number {
    const { hz } = this.time.m;
    const uptimeS = Math.floor(this.time.clock.now / 1e9);
    if (uptimeS >= reseedIntervalS * 2) return reseedIntervalS * hz;
    return Math.max(hz, Math.floor(uptimeS / 2) * hz);
  }

  /** add_interrupt_randomness(): at the end of each interrupt. */
  addInterrupt(): Atomic {
    this.interrupts++;
    if (this.mixInFlight) return done();
    const { tick } = this.time.timers;
    const old = tick.jiffies > this.lastMix + this.time.m.hz;
    if (this.interrupts < interruptsMax && !old) return done();
    this.mixInFlight = true;
    return this.mixTimer.mod(this.time.jiffies) as Atomic<unknown> as Atomic;
  }

  /** mix_interrupt_randomness(). */

  private *mix(): Atomic {
    this.interrupts = 0;
    this.mixInFlight = false;
    this.lastMix = this.time.jiffies;
  }
}
