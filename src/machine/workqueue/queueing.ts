// Queueing, delaying and taking back work items.
// Kernel: kernel/workqueue.c (__queue_work, queue_work_on, queue_delayed_work_on,
// mod_delayed_work_on, try_to_grab_pending, __cancel_work).

import { type Atomic, done } from "../core/op.ts";
import { Defect } from "../defect.ts";
import { Timer } from "../time/timers.ts";
import type { WqEnv } from "./env.ts";
import type { PoolWorkqueue } from "./pool-workqueue.ts";
import { type DelayedWork, moveLinkedWorks, unlinkWork, type Work } from "./work.ts";
import type { Workqueue } from "./workqueue.ts";

export class Queueing {
  constructor(private readonly env: WqEnv) {}

  /** queue_work_on(); `cpu` -1: the present one. */
  queueWork(wq: Workqueue, work: Work, cpu: number): Atomic<boolean> {
    if (work.pending) return done(false);
    this.env.m.localIrqSave();
    const queued = work.disabled === 0;
    if (queued) {
      work.pending = true;
      this.insert(wq, work, cpu);
    }
    return this.finish(queued, queued);
  }

  /** queue_delayed_work_on(). */
  queueDelayedWork(wq: Workqueue, dwork: DelayedWork, delay: number): Atomic<boolean> {
    const { work } = dwork;
    if (work.pending) return done(false);
    if (delay === 0) return this.queueWork(wq, work, -1);
    return this.startDelayed(wq, dwork, delay);
  }

  private *startDelayed(wq: Workqueue, dwork: DelayedWork, delay: number): Atomic<boolean> {
    const { m } = this.env;
    m.localIrqSave();
    const queued = dwork.work.disabled === 0;
    if (queued) {
      dwork.work.pending = true;
      yield* this.delay(wq, dwork, delay);
    }
    yield* m.localIrqRestore();
    return queued;
  }

  /** mod_delayed_work_on(). */
  *modDelayedWork(wq: Workqueue, dwork: DelayedWork, delay: number): Atomic<boolean> {
    const { m } = this.env;
    const { work } = dwork;
    m.localIrqSave();
    const wasPending = yield* this.grabPending(work, dwork);
    if (work.disabled > 0) work.pending = false;
    else yield* this.delay(wq, dwork, delay);
    yield* m.localIrqRestore();
    return wasPending;
  }

  /** __queue_delayed_work(). */
  private *delay(wq: Workqueue, dwork: DelayedWork, delay: number): Atomic {
    if (delay === 0) {
      this.insert(wq, dwork.work, -1);
      return;
    }
    dwork.wq = wq;
    dwork.timer ??= new Timer(this.env.timers, "delayed_work_timer_fn", () => this.expire(dwork), {
      irqsafe: true,
    });
    yield* dwork.timer.mod(this.env.timers.jiffies + delay);
  }

  /** delayed_work_timer_fn(): interrupts are off. */
  private expire(dwork: DelayedWork): Atomic<void> {
    this.insert(dwork.wq!, dwork.work, -1);
    return done();
  }

  /** The end of an operation that had interrupts off: pays its cost, then unmasks. */
  private finish(value: boolean, queued: boolean): Atomic<boolean> {
    const { m } = this.env;
    if ((queued && m.costs.queueWork > 0) || (m.cpu !== null && m.cpu.pendingIrqs.length > 0)) {
      return this.finishSlowly(value, queued);
    }
    m.localIrqRestore();
    return done(value);
  }

  private *finishSlowly(value: boolean, queued: boolean): Atomic<boolean> {
    const { m } = this.env;
    if (queued) yield* m.spend(m.costs.queueWork);
    yield* m.localIrqRestore();
    return value;
  }

  /** __queue_work(): the item is pending and on no list, interrupts are off. */
  insert(wq: Workqueue, work: Work, cpu: number): void {
    const { env } = this;
    if ((wq.drainers > 0 || wq.destroying) && env.currentWorker?.currentPwq?.wq !== wq) {
      env.m.rec.log("warn", `workqueue: cannot queue ${work.functionName} on wq ${wq.name}`);
      work.pending = false;
      return;
    }
    const pwq = this.choosePwq(wq, work, cpu);
    const { pool } = pwq;
    env.traceQueue(work, wq);
    work.color = pwq.workColor;
    work.pwq = pwq;
    pwq.inFlight[work.color]++;
    if (pwq.inactiveWorks.length === 0 && pwq.tryincActive(false)) {
      env.traceActivate(work);
      work.list = pool.worklist;
      pool.worklist.push(work);
      pool.kick();
    } else {
      work.inactive = true;
      work.list = pwq.inactiveWorks;
      pwq.inactiveWorks.push(work);
    }
  }

  /** An item that still runs in another pool goes there, so that it never runs twice at once. */
  private choosePwq(wq: Workqueue, work: Work, cpu: number): PoolWorkqueue {
    const pwq = wq.cpuPwq[cpu >= 0 ? cpu : (this.env.m.cpu?.id ?? 0)];
    const last = work.pool;
    if (last === null || last === pwq.pool || wq.ordered) return pwq;
    const busy = last.workerOf(work)?.currentPwq;
    return busy?.wq === wq ? busy : pwq;
  }

  /**
   * work_grab_pending(), interrupts off: the caller owns the pending state afterwards; true if the
   * item was pending. `dwork` when its timer may be running.
   */
  *grabPending(work: Work, dwork: DelayedWork | null): Atomic<boolean> {
    if (dwork !== null && dwork.timer !== null) {
      if (yield* dwork.timer.delete()) return true;
    }
    if (!work.pending) {
      work.pending = true;
      return false;
    }
    const { pwq } = work;
    // Queueing never pauses between taking the pending state and entering a list.
    if (pwq === null) throw new Defect(`work ${work.functionName}`, "pending but not queued");
    const { inactive } = work;
    // Its barriers stay behind: they go to the worklist, where the next worker runs them.
    if (inactive) moveLinkedWorks(work, pwq.pool.worklist);
    unlinkWork(work);
    work.pwq = null;
    work.pool = pwq.pool;
    work.inactive = false;
    work.linked = false;
    yield* pwq.decInFlight(inactive, work.color);
    return true;
  }

  /** __cancel_work(), disable_work(): true if it was pending. */
  *cancel(work: Work, dwork: DelayedWork | null, disable: boolean): Atomic<boolean> {
    const { m } = this.env;
    m.localIrqSave();
    const wasPending = yield* this.grabPending(work, dwork);
    if (disable) work.disabled++;
    work.pending = false;
    yield* m.localIrqRestore();
    return wasPending;
  }

  /** enable_work(): true if the item can be queued again. */
  *enable(work: Work): Atomic<boolean> {
    const { m } = this.env;
    m.localIrqSave();
    yield* this.grabPending(work, null);
    if (work.disabled > 0) work.disabled--;
    work.pending = false;
    yield* m.localIrqRestore();
    return work.disabled === 0;
  }
}
