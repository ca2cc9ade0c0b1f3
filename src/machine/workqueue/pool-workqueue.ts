// Pool workqueues (struct pool_workqueue): a workqueue's share in a worker pool, its active and
// inactive items and the flush colours. max_active of an unbound workqueue is counted in one
// node_nr_active (one NUMA node).
// Kernel: kernel/workqueue.c (pwq_tryinc_nr_active, pwq_dec_nr_in_flight and what they call).

import { type Atomic, done } from "../core/op.ts";
import type { WqEnv } from "./env.ts";
import type { WorkerPool } from "./pool.ts";
import { moveLinkedWorks, type Work } from "./work.ts";
import type { Workqueue } from "./workqueue.ts";

/** WORK_NR_COLORS. */
export const colors = 16;

/** work_next_color(). */
export function nextColor(color: number): number {
  return (color + 1) % colors;
}

/** struct wq_node_nr_active. */
export class NodeActive {
  nr = 0;
  /** Pool workqueues that wait for a count. */
  readonly pending: PoolWorkqueue[] = [];

  constructor(public max: number) {}

  /** tryinc_node_nr_active(). */
  tryinc(): boolean {
    if (this.nr >= this.max) return false;
    this.nr++;
    return true;
  }
}

export class PoolWorkqueue {
  nrActive = 0;
  /** Items that wait for max_active, oldest first. */
  readonly inactiveWorks: Work[] = [];
  /** Execution is suspended until older pool workqueues of an ordered workqueue have drained. */
  plugged = false;
  readonly inFlight = new Uint32Array(colors);
  workColor = 0;
  flushColor = -1;

  constructor(
    private readonly env: WqEnv,
    readonly wq: Workqueue,
    readonly pool: WorkerPool,
  ) {}

  /** pwq_is_empty(). */
  get isEmpty(): boolean {
    return this.nrActive === 0 && this.inactiveWorks.length === 0;
  }

  /** pwq_tryinc_nr_active(). */
  tryincActive(fill: boolean): boolean {
    let obtained: boolean;
    const node = this.wq.nodeActive;
    if (node === null) obtained = this.nrActive < this.wq.maxActive;
    else if (this.plugged) return false;
    else {
      const waits = node.pending.length > 0 && node.pending.includes(this);
      obtained = (!waits || fill) && node.tryinc();
      if (!obtained && !waits) node.pending.push(this);
    }
    if (obtained) this.nrActive++;
    return obtained;
  }

  /** __pwq_activate_work(). */
  private activate(work: Work): void {
    this.env.traceActivate(work);
    moveLinkedWorks(work, this.pool.worklist);
    work.inactive = false;
  }

  /** pwq_activate_first_inactive(). */
  activateFirst(fill: boolean): boolean {
    const work = this.inactiveWorks[0];
    if (work === undefined || !this.tryincActive(fill)) return false;
    this.activate(work);
    return true;
  }

  /** unplug_oldest_pwq() for this one, with the pool locked. */
  unplug(): void {
    if (!this.plugged) return;
    this.plugged = false;
    if (!this.activateFirst(true)) return;
    this.activateFirst(false);
    this.pool.kick();
  }

  /** pwq_dec_nr_active(). */
  private decActive(): void {
    this.nrActive--;
    const node = this.wq.nodeActive;
    if (node === null) {
      this.activateFirst(false);
      return;
    }
    if (--node.nr >= node.max) return;
    if (node.pending.length > 0) this.activatePending(node);
  }

  /** node_activate_pending_pwq(). */
  private activatePending(node: NodeActive): void {
    for (;;) {
      const pwq = node.pending[0];
      if (pwq === undefined) return;
      const work = pwq.inactiveWorks[0];
      if (work === undefined) {
        node.pending.shift();
        continue;
      }
      if (!node.tryinc()) return;
      pwq.nrActive++;
      pwq.activate(work);
      node.pending.shift();
      if (pwq.inactiveWorks.length > 0) node.pending.push(pwq);
      if (pwq.pool !== this.pool) pwq.pool.kick();
      return;
    }
  }

  /** pwq_dec_nr_in_flight(): an item has left the queue. */
  decInFlight(inactive: boolean, color: number): Atomic<void> {
    if (!inactive) this.decActive();
    this.inFlight[color]--;
    if (this.flushColor !== color || this.inFlight[color] > 0) return done();
    this.flushColor = -1;
    if (--this.wq.pwqsToFlush > 0) return done();
    return this.wq.firstFlusher!.done.complete();
  }
}
