// The fair scheduling class: EEVDF on one flat run queue of a CPU.
//
// A task competes with a virtual runtime and a virtual deadline; among the tasks that have had no
// more than their share (eligible), the one with the earliest deadline runs. A task that blocks
// while ineligible stays in the competition until it would be picked (delayed dequeue). The
// running task is protected until its slice is used up (run to parity).
//
// Kernel: kernel/sched/fair.c and features.h of 7.3 with their defaults (PLACE_LAG,
// PLACE_DEADLINE_INITIAL, PLACE_REL_DEADLINE, RUN_TO_PARITY, DELAY_DEQUEUE, DELAY_ZERO,
// WAKEUP_PREEMPTION on; NEXT_BUDDY off). Left out: groups and bandwidth, custom slices (so
// PREEMPT_SHORT never applies), SCHED_BATCH and SCHED_IDLE, load tracking, hrtick.

import type { Task } from "../core/context.ts";
import type { DequeueFlags, EnqueueFlags, FairHost, FairRunQueue } from "../core/sched-class.ts";
import { entityOf, type SchedEntity, weightOfPrio } from "./entity.ts";
import { VirtualTime } from "./virtual-time.ts";

/** sysctl_sched_base_slice: 0.7 ms, scaled by the logarithm of the number of CPUs. */
export function baseSliceNs(cpus: number): number {
  return 700_000 * (1 + Math.floor(Math.log2(Math.min(cpus, 8))));
}

export class EevdfRunQueue implements FairRunQueue {
  nrQueued = 0;
  clock = 0;
  protected readonly time = new VirtualTime();
  protected readonly sliceNs: number;
  protected lagLimitNs: number;

  constructor(
    protected readonly host: FairHost,
    options: { readonly cpus: number; readonly hz: number },
  ) {
    this.sliceNs = baseSliceNs(options.cpus);
    this.lagLimitNs = this.sliceNs + 1_000_000_000 / options.hz;
  }

  /** enqueue_task_fair(). */
  enqueue(task: Task, flags: EnqueueFlags): void {
    const se = entityOf(task);
    this.updateCurr();
    if (flags.delayed === true) {
      this.requeueDelayed(se);
      return;
    }
    se.reweight(weightOfPrio(task.prio));
    se.onRq = true;
    this.place(se, flags.initial === true);
    this.nrQueued++;
    this.time.insert(se);
  }

  /** dequeue_task_fair(). */
  dequeue(task: Task, flags: DequeueFlags): boolean {
    const se = entityOf(task);
    this.updateCurr();
    this.updateLag(se);
    const mayDelay = flags.sleep && flags.special !== true;
    if (mayDelay && !this.time.eligible(se)) {
      se.delayed = true;
      return false;
    }
    this.remove(se, flags.sleep);
    return true;
  }

  /** The rest of __dequeue_task(): the entity leaves the queue. */
  protected remove(se: SchedEntity, sleep: boolean): void {
    se.onRq = false;
    this.nrQueued--;
    if (!sleep) {
      se.deadline -= se.vruntime;
      se.relDeadline = true;
    }
    if (se !== this.time.curr) this.time.remove(se);
  }

  dequeueDelayed(task: Task): void {
    const se = entityOf(task);
    this.updateCurr();
    this.updateLag(se);
    this.remove(se, true);
    se.delayed = false;
    this.host.blocked(task);
  }

  isDelayed(task: Task): boolean {
    return task.entity !== null && entityOf(task).delayed;
  }

  /** pick_task_fair(). */
  pickNext(): Task | null {
    while (this.nrQueued > 0) {
      if (this.time.curr?.onRq === true) this.updateCurr();
      const se = this.pickEntity();
      if (se !== null) return se.task;
    }
    return null;
  }

  /** put_prev_task_fair(). */
  putPrev(task: Task): void {
    const se = entityOf(task);
    if (se.onRq) this.updateCurr();
    this.time.curr = null;
    if (se.onRq) this.time.insert(se);
  }

  /** set_next_task_fair(). */
  setNext(task: Task, first: boolean): void {
    const se = entityOf(task);
    this.time.remove(se);
    this.time.curr = se;
    se.execStart = this.clock;
    // set_protect_slice(): all slices are equal, so up to the deadline.
    if (first) se.vprot = se.deadline;
  }

  /** wakeup_preempt_fair(). */
  wakeupPreempt(task: Task, fork: boolean): void {
    const { curr } = this.time;
    const woken = entityOf(task);
    if (curr === null || curr === woken) return;
    this.updateCurr();
    if (!woken.delayed && !fork && this.picks(woken)) {
      // cancel_protect_slice()
      if (curr.vruntime < curr.vprot) curr.vprot = curr.vruntime;
      this.host.reschedCurr();
      return;
    }
    // update_protect_slice()
    const from = Math.min(curr.vruntime, this.time.average());
    curr.vprot = Math.min(curr.vprot, from + curr.vdelta(this.sliceNs));
  }

  private picks(woken: SchedEntity): boolean {
    while (this.nrQueued > 0) {
      const se = this.pickEntity();
      if (se !== null) return se === woken;
    }
    return false;
  }

  /** task_tick_fair(). */
  tick(): void {
    this.updateCurr();
  }

  /** detach_one_task(), reduced: the waiting task of the earliest deadline that may move. */
  steal(allowed: (task: Task) => boolean): Task | null {
    for (const se of this.time.timeline) {
      if (!se.delayed && allowed(se.task)) return se.task;
    }
    return null;
  }

  /** update_curr(): charges the current entity for the time since the last call. */
  protected updateCurr(): void {
    const { curr } = this.time;
    if (curr === null) return;
    const delta = this.clock - curr.execStart;
    if (delta <= 0) return;
    curr.execStart = this.clock;
    curr.vruntime += curr.vdelta(delta);
    const used = this.updateDeadline(curr);
    if (this.nrQueued === 1) return;
    if (this.overdue(curr, used)) this.host.reschedCurr();
  }

  /** The end of update_curr(): the current entity has run for long enough. */
  protected overdue(curr: SchedEntity, used: boolean): boolean {
    return used || !this.isProtected(curr);
  }

  /** protect_slice(). */
  protected isProtected(curr: SchedEntity): boolean {
    return curr.vruntime < curr.vprot;
  }

  /** update_deadline(): a new request when the slice is used up. */
  protected updateDeadline(se: SchedEntity): boolean {
    if (se.vruntime < se.deadline) return false;
    se.deadline = se.vruntime + se.vdelta(this.sliceNs);
    this.time.average();
    return true;
  }

  /** place_entity(): vruntime and deadline of an entity that joins, keeping its lag. */
  protected place(se: SchedEntity, initial: boolean): void {
    const average = this.time.average();
    let lag = 0;
    if (this.nrQueued > 0 && se.vlag !== 0) {
      const load = this.time.load;
      lag = se.vlag + Math.trunc((se.vlag * se.weight) / (load > 0 ? load : 1));
    }
    se.vruntime = average - lag;
    if (se.relDeadline) {
      se.deadline += se.vruntime;
      se.relDeadline = false;
      return;
    }
    const vslice = se.vdelta(this.sliceNs);
    se.deadline = se.vruntime + (initial ? Math.floor(vslice / 2) : vslice);
  }

  /** update_entity_lag(); true if the lag was changed by clamping. */
  protected updateLag(se: SchedEntity): boolean {
    const average = this.time.average();
    const limit = se.vdelta(this.lagLimitNs);
    let lag = Math.min(Math.max(average - se.vruntime, -limit), limit);
    if (se.delayed) lag = Math.min(Math.max(lag, se.vlag), 0);
    se.vlag = lag;
    return average - lag !== se.vruntime;
  }

  /** requeue_delayed_entity(): a delayed entity wakes up. */
  protected requeueDelayed(se: SchedEntity): void {
    if (this.updateLag(se)) this.placeAgain(se);
    se.delayed = false;
  }

  /** Places an entity that is on the queue by its lag. */
  protected placeAgain(se: SchedEntity): void {
    const queued = se !== this.time.curr;
    this.nrQueued--;
    if (queued) this.time.remove(se);
    this.place(se, false);
    if (queued) this.time.insert(se);
    this.nrQueued++;
  }

  /** pick_next_entity(): null when a delayed entity was picked, and left the queue for that. */
  protected pickEntity(): SchedEntity | null {
    const se = this.pickEevdf();
    if (!se.delayed) return se;
    this.dequeueDelayed(se.task);
    return null;
  }

  /** pick_eevdf(). */
  protected pickEevdf(): SchedEntity {
    const { time } = this;
    let { curr } = time;
    if (this.nrQueued === 1) return curr !== null && curr.onRq ? curr : time.timeline[0];
    if (curr !== null && (!curr.onRq || !time.eligible(curr))) curr = null;
    if (curr !== null && this.isProtected(curr)) return curr;
    const best = time.firstEligible();
    if (best === null || (curr !== null && curr.deadline < best.deadline)) return curr!;
    return best;
  }
}
