// Who waits in synchronize_rcu() for the thread of grace periods: kernel/rcu/tree.c (rcu_sr_normal_*).

import type { Atomic, Kernel } from "../core/op.ts";
import type { Completion } from "../wait/completion.ts";
import { Work } from "../workqueue/work.ts";
import type { Workqueue } from "../workqueue/workqueue.ts";

/** SR_MAX_USERS_WAKE_FROM_GP. */
const wakeFromGpMax = 5;

export class SyncWaiters {
  /** Without a grace period yet; of the one under way; of those over, for the work item. */
  private waiting: Completion[] = [];
  private current: Completion[] = [];
  private readonly left: Completion[] = [];
  private readonly cleanupWork = new Work("rcu_sr_normal_gp_cleanup_work", () => this.cleanup());

  constructor(
    /** sync_wq. */
    private readonly wq: Workqueue,
  ) {}

  /** rcu_sr_normal_add_req(). */
  add(waiter: Completion): void {
    this.waiting.push(waiter);
  }

  /** rcu_sr_normal_gp_init(). */
  begin(): void {
    this.current = this.waiting;
    this.waiting = [];
  }

  /**
   * rcu_sr_normal_gp_cleanup(): waiters are a stack, so the last to come is woken first; the
   * thread wakes a few itself and leaves the rest to a work item.
   */
  *end(): Atomic {
    const waiters = this.current.toReversed();
    this.current = [];
    for (const waiter of waiters.slice(0, wakeFromGpMax)) yield* waiter.complete();
    const rest = waiters.slice(wakeFromGpMax);
    if (rest.length === 0) return;
    this.left.push(...rest);
    yield* this.wq.queueWork(this.cleanupWork);
  }

  /** rcu_sr_normal_gp_cleanup_work(). */
  private *cleanup(): Kernel {
    for (const waiter of this.left.splice(0)) yield* waiter.complete();
  }
}
