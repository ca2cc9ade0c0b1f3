// The fair scheduling class of 6.12, where it decides otherwise than 7.3: the running task is
// protected until it has a new deadline, a new task preempts as any other, slices are longer, and a
// delayed task that wakes keeps a lag that is negative. Kernel: kernel/sched/fair.c of 6.12
// (pick_eevdf, check_preempt_wakeup_fair, did_preempt_short, requeue_delayed_entity).

import type { Task } from "../core/context.ts";
import type { DequeueFlags, FairHost } from "../core/sched-class.ts";
import { entityOf, type SchedEntity } from "./entity.ts";
import { EevdfRunQueue } from "./fair.ts";

/** sysctl_sched_base_slice, as against 0.7 ms in 7.3. */
const baseSliceRatio = 0.75 / 0.7;

export class EevdfRunQueue612 extends EevdfRunQueue {
  constructor(host: FairHost, options: { readonly cpus: number; readonly hz: number }) {
    super(host, options);
    this.sliceNs = Math.round(this.sliceNs * baseSliceRatio);
    this.lagLimitNs = Math.max(2 * this.sliceNs, 1_000_000_000 / options.hz);
  }

  override dequeue(task: Task, flags: DequeueFlags): boolean {
    const se = entityOf(task);
    this.updateCurr();
    if (flags.sleep && flags.special !== true && !this.time.eligible(se)) {
      se.delayed = true;
      return false;
    }
    this.updateLag(se);
    this.remove(se, flags.sleep);
    return true;
  }

  override dequeueDelayed(task: Task): void {
    super.dequeueDelayed(task);
    // finish_delayed_dequeue_entity(), DELAY_ZERO
    const se = entityOf(task);
    se.vlag = Math.min(se.vlag, 0);
  }

  /** set_next_entity(): remembers the deadline that it was picked with. */
  override setNext(task: Task, first: boolean): void {
    super.setNext(task, first);
    const se = entityOf(task);
    if (se.onRq) se.vprot = se.deadline;
  }

  /** check_preempt_wakeup_fair(). */
  override wakeupPreempt(task: Task): void {
    const { curr } = this.time;
    const woken = entityOf(task);
    if (curr === null || curr === woken) return;
    this.updateCurr();
    if (this.pickEevdf() === woken) this.host.reschedCurr();
  }

  protected override mayPreempt(curr: SchedEntity, used: boolean): boolean {
    return used || (curr.vprot !== curr.deadline && !this.time.eligible(curr));
  }

  /** update_entity_lag(). */
  protected override updateLag(se: SchedEntity): boolean {
    const limit = se.vdelta(this.lagLimitNs);
    se.vlag = Math.min(Math.max(this.time.average() - se.vruntime, -limit), limit);
    return se.vlag > 0;
  }

  /** requeue_delayed_entity(): a lag that is due is forgotten. */
  protected override requeueDelayed(se: SchedEntity): void {
    if (this.updateLag(se)) {
      se.vlag = 0;
      this.placeAgain(se);
    }
    se.delayed = false;
  }

  /** pick_eevdf(). */
  protected override pickEevdf(): SchedEntity {
    const { time } = this;
    let { curr } = time;
    if (this.nrQueued === 1) return curr !== null && curr.onRq ? curr : time.timeline[0];
    if (curr !== null && (!curr.onRq || !time.eligible(curr))) curr = null;
    if (curr !== null && curr.vprot === curr.deadline) return curr;
    const best = time.firstEligible();
    if (best === null || (curr !== null && curr.deadline < best.deadline)) return curr!;
    return best;
  }
}
