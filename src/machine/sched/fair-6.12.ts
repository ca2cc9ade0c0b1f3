// The fair scheduling class of Linux 6.12: what it decides in another way than that of 7.3.
//
// A task is protected for the whole slice that it began, whoever wakes up in it (7.3 shortens the
// protection with each wake-up); a new task may preempt like any other (7.3: it waits); looking
// for the task that a wake-up would run leaves delayed ones where they are; and a delayed task's
// lag goes on changing until it leaves or wakes up.
//
// Kernel: kernel/sched/fair.c of 6.12.117 with its features.h defaults. Left out as in fair.ts.

import type { Task } from "../core/context.ts";
import type { DequeueFlags, EnqueueFlags, FairHost } from "../core/sched-class.ts";
import { entityOf, type SchedEntity, weightOfPrio } from "./entity.ts";
import { EevdfRunQueue } from "./fair.ts";

export class Eevdf612RunQueue extends EevdfRunQueue {
  constructor(host: FairHost, options: { readonly cpus: number; readonly hz: number }) {
    super(host, options);
    // entity_lag(): twice the slice, at least a tick.
    this.lagLimitNs = Math.max(2 * this.sliceNs, 1_000_000_000 / options.hz);
  }

  override enqueue(task: Task, flags: EnqueueFlags): void {
    const se = entityOf(task);
    const weight = weightOfPrio(task.prio);
    if (flags.delayed !== true && weight !== se.weight) {
      // reweight_entity() of an entity that is off the queue scales its lag alone.
      se.vlag = Math.trunc((se.vlag * se.weight) / weight);
      se.weight = weight;
    }
    super.enqueue(task, flags);
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

  /** dequeue_entities() with DEQUEUE_DELAYED; finish_delayed_dequeue_entity(). */
  override dequeueDelayed(task: Task): void {
    const se = entityOf(task);
    this.updateCurr();
    this.updateLag(se);
    this.remove(se, true);
    se.delayed = false;
    if (se.vlag > 0) se.vlag = 0;
    this.host.blocked(task);
  }

  /** set_next_entity(): protected up to the deadline, also if it ran before. */
  override setNext(task: Task): void {
    super.setNext(task, true);
  }

  /** check_preempt_wakeup_fair(). */
  override wakeupPreempt(task: Task): void {
    const { curr } = this.time;
    const woken = entityOf(task);
    if (curr === null || curr === woken || this.host.needsResched()) return;
    this.updateCurr();
    if (this.pickEevdf() === woken) this.host.reschedCurr();
  }

  protected override overdue(curr: SchedEntity, used: boolean): boolean {
    // did_preempt_short()
    return used || (!this.isProtected(curr) && !this.time.eligible(curr));
  }

  /** protect_slice(): it is still in the slice that it was picked with. */
  protected override isProtected(curr: SchedEntity): boolean {
    return curr.vprot === curr.deadline;
  }

  /** update_entity_lag(). */
  protected override updateLag(se: SchedEntity): boolean {
    const limit = se.vdelta(this.lagLimitNs);
    se.vlag = Math.min(Math.max(this.time.average() - se.vruntime, -limit), limit);
    return true;
  }

  /** requeue_delayed_entity(): lag that it gained while it slept is dropped. */
  protected override requeueDelayed(se: SchedEntity): void {
    this.updateLag(se);
    if (se.vlag > 0) {
      se.vlag = 0;
      this.placeAgain(se);
    }
    se.delayed = false;
  }
}
