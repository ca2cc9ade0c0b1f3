// State of the scheduler unit: groups, queues, jobs, group slots, tick context.
// Kernel: drivers/gpu/drm/panthor/panthor_sched.c (7.3). No logic here.
// Functions that return ERR_PTR() in C return `T | number`, the number being a negative errno.

import type { DmaFence } from "../../machine/dma-fence/fence.ts";
import type { DrmSchedEntity } from "../../machine/drm-sched/entity.ts";
import { DrmSchedJob } from "../../machine/drm-sched/job.ts";
import type { DrmGpuScheduler } from "../../machine/drm-sched/scheduler.ts";
import type { Kref } from "../../machine/kref.ts";
import type { Mutex } from "../../machine/lock/mutex.ts";
import type { SpinLock } from "../../machine/lock/spinlock.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { XArray } from "../../machine/memory/xarray.ts";
import type { DelayedWork, Work, Workqueue } from "../../machine/workqueue/index.ts";
import type { PanthorDevice, PanthorGpuUsage } from "../device/types.ts";
import type { RingbufInput, RingbufOutput } from "../fw/iface.ts";
import type { PanthorGemObject, PanthorKernelBo } from "../gem/types.ts";
import type { PanthorVm } from "../mmu/types.ts";
import { ListHead } from "./list.ts";

export * from "./uapi.ts";

export const JOB_TIMEOUT_MS = 5000;
export const MAX_CSG_PRIO = 0xf;
export const CSF_MAX_QUEUE_PRIO = 0xf;
export const MAX_GROUPS_PER_POOL = 128;
export const NUM_INSTRS_PER_CACHE_LINE = 8;
export const MAX_INSTRS_PER_JOB = 24;

/**
 * U64_MAX as a number of jiffies: "no tick". time_before64() compares by signed difference, so it
 * lies before every real jiffy, which is what -1 does here.
 */
export const NO_TICK = -1;
/** MAX_SCHEDULE_TIMEOUT, as the DRM scheduler has it. */
export const MAX_SCHEDULE_TIMEOUT = Infinity;

/** enum panthor_csg_priority. */
export const PANTHOR_CSG_PRIORITY_LOW = 0;
export const PANTHOR_CSG_PRIORITY_MEDIUM = 1;
export const PANTHOR_CSG_PRIORITY_HIGH = 2;
/** Evicts the lowest non-real-time group when no slot is free. */
export const PANTHOR_CSG_PRIORITY_RT = 3;
export const PANTHOR_CSG_PRIORITY_COUNT = 4;

/** enum panthor_group_state. */
export const PANTHOR_CS_GROUP_CREATED = 0;
export const PANTHOR_CS_GROUP_ACTIVE = 1;
export const PANTHOR_CS_GROUP_SUSPENDED = 2;
export const PANTHOR_CS_GROUP_TERMINATED = 3;
export const PANTHOR_CS_GROUP_UNKNOWN_STATE = 4;
export type PanthorGroupState = 0 | 1 | 2 | 3 | 4;

/** enum panthor_device_profiling_flags. */
export const PANTHOR_DEVICE_PROFILING_DISABLED = 0;
export const PANTHOR_DEVICE_PROFILING_CYCLES = 1 << 0;
export const PANTHOR_DEVICE_PROFILING_TIMESTAMP = 1 << 1;
export const PANTHOR_DEVICE_PROFILING_ALL =
  PANTHOR_DEVICE_PROFILING_CYCLES | PANTHOR_DEVICE_PROFILING_TIMESTAMP;

/** struct panthor_syncobj_32b: byte offsets and size. */
export const syncobj32 = { seqno: 0, status: 4, size: 8 } as const;
/** struct panthor_syncobj_64b. */
export const syncobj64 = { seqno: 0, status: 8, pad: 12, size: 16 } as const;
/** struct panthor_job_profiling_data: before and after, of cycles and of time. */
export const profilingData = {
  cyclesBefore: 0,
  cyclesAfter: 8,
  timeBefore: 16,
  timeAfter: 24,
  size: 32,
} as const;

/** struct panthor_csg_slot. */
export interface PanthorCsgSlot {
  group: PanthorGroup | null;
  /** Priority the firmware has acknowledged for the slot. */
  priority: number;
}

/** struct panthor_scheduler. */
export interface PanthorScheduler {
  readonly ptdev: PanthorDevice;
  wq: Workqueue;
  /** For tiler OOM works, which allocate memory. */
  heapAllocWq: Workqueue;
  tickWork: DelayedWork;
  syncUpdWork: Work;
  fwEventsWork: Work;
  /** Pending firmware events, unsigned. */
  fwEvents: number;
  /** Jiffies; NO_TICK while the tick is stopped. */
  reschedTarget: number;
  lastTick: number;
  tickPeriod: number;
  lock: Mutex;
  readonly groups: {
    /** One list a priority. */
    readonly runnable: ReadonlyArray<ListHead<PanthorGroup>>;
    readonly idle: ReadonlyArray<ListHead<PanthorGroup>>;
    /** Groups with a queue blocked on a sync object (`waitNode`). */
    readonly waiting: ListHead<PanthorGroup>;
  };
  /** MAX_CSGS entries. */
  readonly csgSlots: PanthorCsgSlot[];
  csgSlotCount: number;
  csSlotCount: number;
  asSlotCount: number;
  usedCsgSlotCount: number;
  sbSlotCount: number;
  mightHaveIdleGroups: boolean;
  /** `hasRef`: the scheduler owns a runtime PM reference. */
  readonly pm: { hasRef: boolean };
  readonly reset: {
    lock: Mutex;
    inProgress: boolean;
    readonly stoppedGroups: ListHead<PanthorGroup>;
  };
}

/** Where a queue waits on the GPU side. */
export interface PanthorSyncwait {
  gpuVa: number;
  ref: bigint;
  gt: boolean;
  sync64: boolean;
  obj: PanthorGemObject | null;
  offset: number;
  kmap: CpuMapping | null;
}

/** struct panthor_queue. */
export interface PanthorQueue {
  /** Null until drm_sched_init (C: `scheduler.ops`). */
  scheduler: DrmGpuScheduler | null;
  /** Null until drm_sched_entity_init (C: `entity.fence_context`). */
  entity: DrmSchedEntity | null;
  name: string;
  readonly timeout: {
    work: DelayedWork;
    /** Jiffies; MAX_SCHEDULE_TIMEOUT while the timer runs. */
    remaining: number;
  };
  /** Doorbell page, -1 (as the u8 of C: 255) while not on a slot. */
  doorbellId: number;
  priority: number;
  ringbuf: PanthorKernelBo | null;
  readonly iface: {
    mem: PanthorKernelBo | null;
    input: RingbufInput;
    output: RingbufOutput;
    inputFwVa: number;
    outputFwVa: number;
  };
  readonly syncwait: PanthorSyncwait;
  readonly fenceCtx: {
    readonly lock: SpinLock;
    readonly id: number;
    seqno: number;
    lastFence: DmaFence | null;
    readonly inFlightJobs: ListHead<PanthorJob>;
  };
  readonly profiling: {
    slots: PanthorKernelBo | null;
    slotCount: number;
    seqno: number;
  };
}

/** struct panthor_group. */
export interface PanthorGroup {
  readonly refcount: Kref;
  readonly ptdev: PanthorDevice;
  vm: PanthorVm | null;
  readonly computeCoreMask: bigint;
  readonly fragmentCoreMask: bigint;
  readonly tilerCoreMask: bigint;
  readonly maxComputeCores: number;
  readonly maxFragmentCores: number;
  readonly maxTilerCores: number;
  readonly priority: number;
  blockedQueues: number;
  idleQueues: number;
  readonly fatalLock: SpinLock;
  fatalQueues: number;
  /** Queues with a tiler OOM event to process. */
  tilerOom: number;
  queueCount: number;
  readonly queues: (PanthorQueue | null)[];
  /** Slot, -1 while not scheduled. */
  csgId: number;
  destroyed: boolean;
  timedout: boolean;
  innocent: boolean;
  /** One struct panthor_syncobj_64b a queue. */
  syncobjs: PanthorKernelBo | null;
  readonly fdinfo: {
    readonly data: PanthorGpuUsage;
    lock: SpinLock;
    kboSizes: number;
  };
  readonly taskInfo: { pid: number; comm: string };
  state: PanthorGroupState;
  suspendBuf: PanthorKernelBo | null;
  protmSuspendBuf: PanthorKernelBo | null;
  syncUpdWork: Work;
  tilerOomWork: Work;
  termWork: Work;
  releaseWork: Work;
  /** In a runnable or idle list, in a tick context's list, or in the stopped groups. */
  readonly runNode: ListHead<PanthorGroup>;
  readonly waitNode: ListHead<PanthorGroup>;
}

/** struct panthor_group_pool: handles 1..128 of a file. */
export interface PanthorGroupPool {
  readonly xa: XArray<PanthorGroup>;
  /** Handles with the mark GROUP_REGISTERED: fully initialised. */
  readonly registered: Set<number>;
  /** The xarray's own lock. */
  readonly xaLock: SpinLock;
}

/** struct panthor_job; the base class is its `base` member. */
export class PanthorJob extends DrmSchedJob {
  declare refcount: Kref;
  group: PanthorGroup | null = null;
  queueIdx = 0;
  readonly callInfo = { start: 0, size: 0, latestFlush: 0 };
  /** Offsets in bytes since the queue was created; not wrapped. */
  readonly ringbuf = { start: 0, end: 0 };
  readonly node: ListHead<PanthorJob> = new ListHead<PanthorJob>(this);
  doneFence: DmaFence | null = null;
  readonly profiling = { mask: 0, slot: 0 };
}

/** struct panthor_csg_slots_upd_ctx: requests to make to several slots at once. */
export interface PanthorCsgSlotsUpdCtx {
  updateMask: number;
  timedoutMask: number;
  readonly requests: { value: number; mask: number }[];
}

/** struct panthor_sched_tick_ctx: what one tick decides. */
export interface PanthorSchedTickCtx {
  readonly oldGroups: ReadonlyArray<ListHead<PanthorGroup>>;
  readonly groups: ReadonlyArray<ListHead<PanthorGroup>>;
  idleGroupCount: number;
  groupCount: number;
  readonly vms: PanthorVm[];
  asCount: number;
  immediateTick: boolean;
  stopTick: boolean;
  csgUpdFailedMask: number;
}

/** struct panthor_job_ringbuf_instrs: 64-bit words as little-endian pairs (low, high). */
export interface PanthorJobRingbufInstrs {
  readonly buffer: readonly number[];
  count: number;
}

/** struct panthor_job_cs_params: what the instructions of a job depend on. */
export interface PanthorJobCsParams {
  profileMask: number;
  addrReg: number;
  valReg: number;
  cycleReg: number;
  timeReg: number;
  syncAddr: number;
  timesAddr: number;
  csStart: number;
  csSize: number;
  lastFlush: number;
  waitallMask: number;
}
