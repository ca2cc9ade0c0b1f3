// State of the power control block (architecture 14). Kernel: panthor_pwr.c (struct panthor_pwr).

import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { WaitQueue } from "../../machine/wait/wait-queue.ts";
import type { PanthorIrq } from "../device/types.ts";

export interface PanthorPwr {
  irq: PanthorIrq;
  /** Protects pendingReqs. */
  readonly reqsLock: SpinLock;
  /** PWR_IRQ_* bits that somebody waits for. */
  pendingReqs: number;
  readonly reqsAcked: WaitQueue;
}
