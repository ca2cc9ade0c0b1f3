// The fair class's view of a task, and load weights.
// Kernel: struct sched_entity (include/linux/sched.h), sched_prio_to_weight (kernel/sched/core.c).
// Left out: group entities, load tracking, custom slices.

import type { Task } from "../core/context.ts";

/** Load weight of nice 0 (scaled down: all weights are used in ratios). */
export const nice0Load = 1024;

const prioToWeight = [
  88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
  3906, 3121, 2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87,
  70, 56, 45, 36, 29, 23, 18, 15,
];

/** Load weight of a SCHED_NORMAL task of kernel priority `prio` (100..139). */
export function weightOfPrio(prio: number): number {
  return prioToWeight[Math.min(Math.max(prio - 100, 0), 39)];
}

export class SchedEntity {
  vruntime = 0;
  deadline = 0;
  /** Lag when it left the queue. */
  vlag = 0;
  /** Up to this vruntime it is protected from preemption by picking. */
  vprot = 0;
  execStart = 0;
  weight: number;
  onRq = false;
  /** Asleep, but kept in the competition until its negative lag is gone. */
  delayed = false;
  /** `deadline` is relative to `vruntime`. */
  relDeadline = false;

  constructor(readonly task: Task) {
    this.weight = weightOfPrio(task.prio);
  }

  /** calc_delta_fair(): virtual time of `delta` ns of service. */
  vdelta(delta: number): number {
    if (this.weight === nice0Load) return delta;
    const inverse = Math.floor(0xffffffff / this.weight);
    return Math.floor((delta * nice0Load * inverse) / 2 ** 32);
  }

  /** rescale_entity(): new weight for an entity that is off the queue. */
  reweight(weight: number): void {
    if (weight === this.weight) return;
    this.vlag = Math.trunc((this.vlag * this.weight) / weight);
    if (this.relDeadline) this.deadline = Math.trunc((this.deadline * this.weight) / weight);
    this.weight = weight;
  }
}

/** The entity of a task, made at first use. */
export function entityOf(task: Task): SchedEntity {
  return (task.entity ??= new SchedEntity(task)) as SchedEntity;
}
