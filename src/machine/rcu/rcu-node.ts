// What a grace period waits for: struct rcu_node of kernel/rcu/tree.h, one for all CPUs.

import type { Context } from "../core/context.ts";

/** struct rcu_node. */
export class RcuNode {
  gpSeq = 0;
  /** The grace period that is wanted. */
  gpSeqNeeded = 0;
  /** CPUs that have to report. */
  qsMask = 0;
  /** blkd_tasks: who was preempted inside a reader section; those that are waited for. */
  private readonly blocked = new Set<Context>();
  private readonly blocking = new Set<Context>();

  /** Nobody is waited for any more. */
  get allReported(): boolean {
    return this.qsMask === 0 && this.blocking.size === 0;
  }

  /** A grace period begins, and waits for these CPUs and for all that are preempted. */
  begin(gpSeq: number, mask: number): void {
    for (const ctx of this.blocked) this.blocking.add(ctx);
    this.qsMask = mask;
    this.gpSeq = gpSeq;
  }

  /** A task is preempted inside a reader section, on the CPU with this mask. */
  preempted(ctx: Context, mask: number): void {
    this.blocked.add(ctx);
    if ((this.qsMask & mask) !== 0) this.blocking.add(ctx);
  }

  /** It has left the section: true if it was the last that was waited for. */
  left(ctx: Context): boolean {
    this.blocked.delete(ctx);
    return this.blocking.delete(ctx) && this.allReported;
  }

  /** These CPUs report: true if they were the last. */
  report(mask: number): boolean {
    if ((this.qsMask & mask) === 0) return false;
    this.qsMask &= ~mask;
    return this.allReported;
  }
}
