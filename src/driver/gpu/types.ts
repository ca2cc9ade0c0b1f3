// State of the GPU control block. Kernel: panthor_gpu.c (struct panthor_gpu).

import type { Mutex } from "../../machine/lock/mutex.ts";
import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { WaitQueue } from "../../machine/wait/wait-queue.ts";
import type { PanthorIrq } from "../device/types.ts";

export interface PanthorGpu {
  irq: PanthorIrq;
  /** Protects pendingReqs. */
  readonly reqsLock: SpinLock;
  /** GPU_IRQ_* bits that somebody waits for. */
  pendingReqs: number;
  readonly reqsAcked: WaitQueue;
  readonly cacheFlushLock: Mutex;
}
