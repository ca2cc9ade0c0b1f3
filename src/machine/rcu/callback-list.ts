// Callbacks of a CPU by the grace period that they wait for: kernel/rcu/rcu_segcblist.c.
// Left out: lazy and offloaded callbacks, lengths of segments.

import type { Atomic } from "../core/op.ts";

export type RcuCallback = () => Atomic<void>;

/** Segments: over, waiting for a grace period, for the next one, and for none in particular. */
const DONE = 0;
const WAIT = 1;
const NEXT_READY = 2;
const NEXT = 3;

/** struct rcu_segcblist. */
export class CallbackList {
  private readonly segments: RcuCallback[][] = [[], [], [], []];
  /** The grace period at whose end a segment is done; of WAIT and NEXT_READY. */
  private readonly seqs: number[] = [0, 0, 0];

  /** rcu_segcblist_enqueue(). */
  enqueue(fn: RcuCallback): void {
    this.segments[NEXT].push(fn);
  }

  /** rcu_segcblist_entrain(): behind the last callback; false if there is none. */
  entrain(fn: RcuCallback): boolean {
    const last = this.segments.findLast((segment) => segment.length > 0);
    last?.push(fn);
    return last !== undefined;
  }

  /** rcu_segcblist_empty(). */
  get empty(): boolean {
    return this.restEmpty(DONE) && this.segments[DONE].length === 0;
  }

  /** rcu_segcblist_ready_cbs(): how many may run. */
  get ready(): number {
    return this.segments[DONE].length;
  }

  /** rcu_segcblist_pend_cbs(). */
  get pending(): boolean {
    return !this.restEmpty(DONE);
  }

  /** Some have no grace period yet: !rcu_segcblist_restempty(RCU_NEXT_READY_TAIL). */
  get unassigned(): boolean {
    return this.segments[NEXT].length > 0;
  }

  /** rcu_segcblist_restempty(). */
  private restEmpty(segment: number): boolean {
    for (let i = segment + 1; i <= NEXT; i++) if (this.segments[i].length > 0) return false;
    return true;
  }

  /** rcu_segcblist_accelerate(): all that wait for `seq` or later or for nothing wait for `seq`. */
  accelerate(seq: number): boolean {
    const { segments, seqs } = this;
    let i = NEXT_READY;
    while (i > DONE && !(segments[i].length > 0 && seqs[i] < seq)) i--;
    if (this.restEmpty(i) || ++i >= NEXT) return false;
    const target = segments[i];
    seqs[i] = seq;
    for (let j = i + 1; j <= NEXT; j++) {
      target.push(...segments[j].splice(0));
      if (j < NEXT) seqs[j] = seq;
    }
    return true;
  }

  /** rcu_segcblist_advance(): what waited for `seq` or earlier is done. */
  advance(seq: number): void {
    const { segments, seqs } = this;
    if (this.restEmpty(DONE)) return;
    let i = WAIT;
    for (; i < NEXT && seq >= seqs[i]; i++) segments[DONE].push(...segments[i].splice(0));
    if (i !== NEXT_READY || this.restEmpty(DONE)) return;
    segments[WAIT].push(...segments[NEXT_READY].splice(0));
    seqs[WAIT] = seqs[NEXT_READY];
  }

  /** rcu_segcblist_extract_done_cbs(). */
  takeDone(): RcuCallback[] {
    return this.segments[DONE].splice(0);
  }

  /** rcu_segcblist_insert_done_cbs(): those that were not run come first. */
  putBackDone(rest: readonly RcuCallback[]): void {
    this.segments[DONE].unshift(...rest);
  }
}
