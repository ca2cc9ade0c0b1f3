// State of cross-group sync queues. RFC: panthor_xgs.c, panthor_xgs.h, panthor_syncobj.c.
// No logic here.

import type { DmaFence } from "../../machine/dma-fence/fence.ts";
import type { DrmSchedEntity } from "../../machine/drm-sched/entity.ts";
import { DrmSchedJob } from "../../machine/drm-sched/job.ts";
import type { DrmGpuScheduler } from "../../machine/drm-sched/scheduler.ts";
import type { Kref } from "../../machine/kref.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { Work } from "../../machine/workqueue/index.ts";
import type { PanthorDevice } from "../../driver/device/types.ts";
import type { PanthorFile } from "../../driver/drv/types.ts";
import type { PanthorGemObject } from "../../driver/gem/types.ts";
import type { PanthorVm } from "../../driver/mmu/types.ts";
import { ListHead } from "../../driver/sched/list.ts";
import type { EventfdCtx } from "./state.ts";
import type { XgsOp } from "./uapi.ts";

/** 128 queues a file, handles from 1. */
export const MAX_XGS_QUEUES_PER_POOL = 128;
/** Milliseconds that a job may run. */
export const XGS_JOB_TIMEOUT_MS = 5000;
/** What an evaluation of a job returns while a wait is not satisfied (-EBUSY). */
export const busy = -16;

/** struct panthor_syncobj: a native sync object at a GPU address, mapped for the CPU. */
export interface PanthorSyncobj {
  readonly bo: PanthorGemObject;
  readonly map: CpuMapping;
  readonly offset: number;
  readonly is64: boolean;
}

/** struct panthor_xgs_queue_pool. */
export interface XgsQueuePool {
  readonly xa: Map<number, XgsQueue>;
  readonly xaLock: SpinLock;
}

/** struct panthor_xgs_queue. */
export interface XgsQueue {
  readonly refcount: Kref;
  readonly ptdev: PanthorDevice;
  readonly pfile: PanthorFile;
  handle: number;
  vm: PanthorVm | null;
  eventfd: EventfdCtx;
  readonly lock: Mutex;
  scheduler: DrmGpuScheduler | null;
  entity: DrmSchedEntity | null;
  readonly fenceCtx: {
    readonly lock: SpinLock;
    id: number;
    seqno: number;
    readonly inFlightJobs: ListHead<XgsJob>;
  };
  readonly releaseWork: Work;
  destroyed: boolean;
  /** The memory was given back: whoever comes now reads freed memory. */
  freed: boolean;
  /** Error state of the queue, 0 for none (documented by the RFC, not implemented by it). */
  error: number;
}

/** struct panthor_xgs_job. */
export class XgsJob extends DrmSchedJob {
  declare refcount: Kref;
  queue!: XgsQueue;
  ops: XgsOp[] = [];
  submitFlags = 0;
  /** Operations that are done, where a patch keeps that out of the user's fields. */
  readonly completed = new Set<number>();
  readonly node: ListHead<XgsJob> = new ListHead<XgsJob>(this);
  /** Allocated with the job; initialised (a context and a seqno) when it has to wait. */
  doneFence: DmaFence | null = null;
  freed = false;
  /** Jiffies at submission. */
  submitted = 0;
}
