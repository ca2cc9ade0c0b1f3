// The competing entities in order of deadline, and their weighted average vruntime V.
// Kernel: kernel/sched/fair.c (sum_w_vruntime_add, avg_vruntime, vruntime_eligible, pick_eevdf).
// A sorted array stands for the augmented red-black tree: equal deadlines stay in order of
// insertion there too, and the first eligible entity in that order is what its search finds.

import { insertAt, removeFrom } from "../core/small-array.ts";
import type { SchedEntity } from "./entity.ts";

export class VirtualTime {
  /** Queued entities without the current one, earliest deadline first. */
  readonly timeline: SchedEntity[] = [];
  /** The running entity; counts while it is on the queue. */
  curr: SchedEntity | null = null;
  private zero = 0;
  private sumWeighted = 0;
  private sumWeight = 0;

  /** __enqueue_entity(). */
  insert(se: SchedEntity): void {
    this.sumWeighted += (se.vruntime - this.zero) * se.weight;
    this.sumWeight += se.weight;
    const { timeline } = this;
    let i = timeline.length;
    while (i > 0 && se.deadline < timeline[i - 1].deadline) i--;
    insertAt(timeline, i, se);
  }

  /** __dequeue_entity(). */
  remove(se: SchedEntity): void {
    removeFrom(this.timeline, se);
    this.sumWeighted -= (se.vruntime - this.zero) * se.weight;
    this.sumWeight -= se.weight;
  }

  /** Total weight in the competition. */
  get load(): number {
    const { curr } = this;
    return this.sumWeight + (curr !== null && curr.onRq ? curr.weight : 0);
  }

  /** avg_vruntime(): V, rounded down; moves the zero point there. */
  average(): number {
    const { curr } = this;
    const counts = curr !== null && curr.onRq;
    let delta = 0;
    if (this.sumWeight > 0) {
      let runtime = this.sumWeighted;
      let weight = this.sumWeight;
      if (counts) {
        runtime += (curr.vruntime - this.zero) * curr.weight;
        weight += curr.weight;
      }
      delta = Math.floor(runtime / weight);
    } else if (counts) delta = curr.vruntime - this.zero;
    this.moveZero(delta);
    return this.zero;
  }

  private moveZero(delta: number): void {
    this.sumWeighted -= this.sumWeight * delta;
    this.zero += delta;
  }

  /** entity_eligible(): it has received no more service than it is due. */
  eligible(se: SchedEntity): boolean {
    const { curr } = this;
    let sum = this.sumWeighted;
    let load = this.sumWeight;
    if (curr !== null && curr.onRq) {
      sum += (curr.vruntime - this.zero) * curr.weight;
      load += curr.weight;
    }
    return sum >= (se.vruntime - this.zero) * load;
  }

  /** The queued entity that is eligible and has the earliest deadline. */
  firstEligible(): SchedEntity | null {
    const { curr, timeline, zero } = this;
    let sum = this.sumWeighted;
    let load = this.sumWeight;
    if (curr !== null && curr.onRq) {
      sum += (curr.vruntime - zero) * curr.weight;
      load += curr.weight;
    }
    for (let i = 0; i < timeline.length; i++) {
      if (sum >= (timeline[i].vruntime - zero) * load) return timeline[i];
    }
    return null;
  }
}
