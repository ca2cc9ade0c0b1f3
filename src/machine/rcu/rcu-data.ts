// What RCU knows of a CPU: kernel/rcu/tree.h.

import type { Cpu } from "../core/cpu.ts";
import { CallbackList } from "./callback-list.ts";

/** struct rcu_data. */
export class RcuData {
  gpSeq = 0;
  gpSeqNeeded = 0;
  /** cpu_no_qs.b.norm: it has not been outside a reader section since the grace period began. */
  noQs = false;
  /** The grace period waits for it. */
  coreNeedsQs = false;
  readonly callbacks = new CallbackList();
  /** How often it has left the idle loop; at the last scan. */
  leftIdle = 0;
  leftIdleSeen = 0;

  constructor(
    readonly cpu: Cpu,
    /** grpmask. */
    readonly mask: number,
  ) {}

  /** rcu_watching_snap_in_eqs(): the CPU idles, with no interrupt on top. */
  get idles(): boolean {
    return this.cpu.ctx === this.cpu.idle;
  }
}
