// Sleepable RCU: kernel/rcu/srcutree.c. A grace period starts a jiffy after it was asked for, on
// the `rcu_gp` workqueue, waits for the readers, and calls back through srcu_delay_timer and
// another work item. Left out: expedited grace periods, combining trees.

import type { Atomic, Kernel } from "./core/op.ts";
import type { Time } from "./time/time.ts";
import { Completion } from "./wait/completion.ts";
import { DelayedWork, Work } from "./workqueue/work.ts";
import type { Workqueue } from "./workqueue/workqueue.ts";
import type { Timer } from "./time/timers.ts";

/** SRCU_INTERVAL: jiffies of delay between the steps of a normal grace period. */
const intervalJiffies = 1;

/** srcu_struct. */
export class Srcu {
  /** Readers inside, by the half that was current when they entered. */
  private readonly inside: [number, number] = [0, 0];
  private half = 0;
  private readonly waiters: Completion[] = [];
  private serving: Completion[] = [];
  private running = false;
  private readonly processWork: DelayedWork;
  private readonly invokeWork: Work;
  private readonly delayTimer: Timer;

  constructor(
    private readonly time: Time,
    private readonly wq: Workqueue,
    readonly name: string,
  ) {
    this.processWork = new DelayedWork("process_srcu", () => this.process());
    this.invokeWork = new Work("srcu_invoke_callbacks", () => this.invokeCallbacks());
    this.delayTimer = time.timer("srcu_delay_timer", () => this.queueInvoke());
  }

  /** A grace period that was asked for before the machine started, at jiffy `armed`. */
  startAtBoot(armed: number): void {
    const { time, processWork } = this;
    this.running = true;
    const expire = (): Atomic<void> => this.queueProcess();
    const timer = time.timer("delayed_work_timer_fn", expire, { irqsafe: true });
    time.timers.armAtBoot(timer, armed, armed + intervalJiffies);
    this.waiters.push(new Completion(time.m, `${processWork.work.functionName} at boot`));
  }

  private *queueProcess(): Atomic<void> {
    yield* this.wq.queueWork(this.processWork.work);
  }

  /** srcu_read_lock(): the index for readUnlock(). */
  readLock(): number {
    this.inside[this.half]++;
    const { ctx } = this.time.m;
    if (ctx !== null) ctx.srcuDepth++;
    return this.half;
  }

  /** srcu_read_unlock(). */
  *readUnlock(index = this.inside[this.half] > 0 ? this.half : 1 - this.half): Atomic {
    this.inside[index]--;
    const { ctx } = this.time.m;
    if (ctx !== null) ctx.srcuDepth--;
  }

  /** synchronize_srcu(). */
  *synchronize(): Kernel {
    // srcu_might_be_idle() looks at the clock.
    yield* this.time.ktimeGet();
    const done = new Completion(this.time.m, `synchronize_srcu(${this.name})`);
    this.waiters.push(done);
    if (!this.running) {
      this.running = true;
      yield* this.wq.queueDelayedWork(this.processWork, intervalJiffies);
    }
    yield* done.wait();
  }

  /** process_srcu(): flips the halves once, then ends when the old half is empty. */
  private *process(): Kernel {
    if (this.serving.length === 0) {
      this.serving = this.waiters.splice(0);
      this.half = 1 - this.half;
    }
    if (this.inside[1 - this.half] > 0) {
      yield* this.wq.queueDelayedWork(this.processWork, intervalJiffies);
      return;
    }
    yield* this.delayTimer.mod(this.time.jiffies + intervalJiffies);
  }

  private *queueInvoke(): Atomic<void> {
    yield* this.wq.queueWork(this.invokeWork);
  }

  /** srcu_invoke_callbacks(). */
  private *invokeCallbacks(): Kernel {
    for (const done of this.serving.splice(0)) yield* done.complete();
    this.running = this.waiters.length > 0;
    if (this.running) yield* this.wq.queueDelayedWork(this.processWork, intervalJiffies);
  }
}
