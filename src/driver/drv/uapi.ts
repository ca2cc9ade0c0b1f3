// The user interface: argument structures of the panthor ioctls and their constants.
// Kernel: include/uapi/drm/panthor_drm.h (driver version 1.9). Fields are in camelCase; out fields
// are written back; fields that may be left out count as zero.

export const DRIVER_MAJOR = 1;
export const DRIVER_MINOR = 9;

/** drm_panthor_obj_array: a plain array has the kernel's own stride. */
export type ObjArray<T> = readonly T[] | StridedArray<T>;
export interface StridedArray<T> {
  readonly stride: number;
  readonly count: number;
  /** Null: an address that cannot be read. */
  readonly array: readonly T[] | null;
  /** The element behind those in `array` has bytes set that this kernel does not know. */
  readonly trailing?: boolean;
}

export const DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_MASK = 0xff;
export const DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_SYNCOBJ = 0;
export const DRM_PANTHOR_SYNC_OP_HANDLE_TYPE_TIMELINE_SYNCOBJ = 1;
export const DRM_PANTHOR_SYNC_OP_WAIT = 0;
export const DRM_PANTHOR_SYNC_OP_SIGNAL = 0x80000000;

/** struct drm_panthor_sync_op. */
export interface SyncOp {
  flags: number;
  handle: number;
  timelineValue?: number;
}

export const DRM_PANTHOR_DEV_QUERY_GPU_INFO = 0;
export const DRM_PANTHOR_DEV_QUERY_CSIF_INFO = 1;
export const DRM_PANTHOR_DEV_QUERY_TIMESTAMP_INFO = 2;
export const DRM_PANTHOR_DEV_QUERY_GROUP_PRIORITIES_INFO = 3;
export const DRM_PANTHOR_DEV_QUERY_MMU_INFO = 4;

export const DRM_PANTHOR_TIMESTAMP_GPU = 1 << 0;
export const DRM_PANTHOR_TIMESTAMP_CPU_NONE = 0 << 1;
export const DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC = 1 << 1;
export const DRM_PANTHOR_TIMESTAMP_CPU_MONOTONIC_RAW = 2 << 1;
export const DRM_PANTHOR_TIMESTAMP_CPU_TYPE_MASK = 7 << 1;
export const DRM_PANTHOR_TIMESTAMP_GPU_OFFSET = 1 << 4;
export const DRM_PANTHOR_TIMESTAMP_GPU_CYCLE_COUNT = 1 << 5;
export const DRM_PANTHOR_TIMESTAMP_FREQ = 1 << 6;
export const DRM_PANTHOR_TIMESTAMP_DURATION = 1 << 7;

/** struct drm_panthor_timestamp_info. */
export interface TimestampInfo {
  timestampFrequency: bigint;
  currentTimestamp: bigint;
  timestampOffset: bigint;
  flags: number;
  durationNsec: number;
  cycleCount: bigint;
  cpuTimestampSec: number;
  cpuTimestampNsec: number;
}

/**
 * struct drm_panthor_dev_query. Without `pointer` only `size` is written; with one, `size` is that
 * of the user's object (the kernel's own when left out) and fields are copied into it.
 */
export interface DevQueryArgs {
  type: number;
  size?: number;
  pointer?: Record<string, unknown> | null;
  /** What `pointer` leads to has bytes set that this kernel does not know. */
  trailing?: boolean;
}

export interface VmCreateArgs {
  flags?: number;
  id?: number;
  userVaRange?: number;
}
export interface VmDestroyArgs {
  id: number;
  pad?: number;
}

/** struct drm_panthor_vm_bind_op. */
export interface VmBindOp {
  flags: number;
  boHandle?: number;
  boOffset?: number;
  /** Of MAP_REPEAT, which was not merged. */
  boRepeatRange?: number;
  va?: number;
  size?: number;
  syncs?: ObjArray<SyncOp>;
}
export const DRM_PANTHOR_VM_BIND_ASYNC = 1 << 0;
export interface VmBindArgs {
  vmId: number;
  flags?: number;
  ops: ObjArray<VmBindOp>;
  /** Out: ops.count of a failed synchronous call, the index of the operation that failed. */
  opsDone?: number;
}
export const DRM_PANTHOR_VM_STATE_USABLE = 0;
export const DRM_PANTHOR_VM_STATE_UNUSABLE = 1;
export interface VmGetStateArgs {
  vmId: number;
  state?: number;
}

export interface BoCreateArgs {
  size: number;
  flags?: number;
  exclusiveVmId?: number;
  handle?: number;
  pad?: number;
}
export interface BoMmapOffsetArgs {
  handle: number;
  pad?: number;
  offset?: number;
}
export interface BoSetLabelArgs {
  handle: number;
  pad?: number;
  /** A negative errno is what reading it comes to. */
  label?: string | number | null;
}
export interface BoSyncOp {
  handle: number;
  type: number;
  offset?: number;
  size?: number;
}
export interface BoSyncArgs {
  ops: ObjArray<BoSyncOp>;
}
export const DRM_PANTHOR_BO_IS_IMPORTED = 1 << 0;
export interface BoQueryInfoArgs {
  handle: number;
  extraFlags?: number;
  createFlags?: number;
  pad?: number;
}
export interface SetUserMmioOffsetArgs {
  offset: number;
}

export const PANTHOR_GROUP_PRIORITY_LOW = 0;
export const PANTHOR_GROUP_PRIORITY_MEDIUM = 1;
export const PANTHOR_GROUP_PRIORITY_HIGH = 2;
export const PANTHOR_GROUP_PRIORITY_REALTIME = 3;

/** struct drm_panthor_queue_create. */
export interface QueueCreate {
  priority?: number;
  pad?: readonly [number, number, number];
  ringbufSize: number;
}
export interface GroupCreateArgs {
  queues: ObjArray<QueueCreate>;
  maxComputeCores: number;
  maxFragmentCores: number;
  maxTilerCores: number;
  priority: number;
  pad?: number;
  computeCoreMask: bigint;
  fragmentCoreMask: bigint;
  tilerCoreMask: bigint;
  vmId: number;
  groupHandle?: number;
}
export interface GroupDestroyArgs {
  groupHandle: number;
  pad?: number;
}

/** struct drm_panthor_queue_submit. */
export interface QueueSubmit {
  queueIndex: number;
  streamSize?: number;
  streamAddr?: number;
  latestFlush?: number;
  pad?: number;
  syncs?: ObjArray<SyncOp>;
}
export interface GroupSubmitArgs {
  groupHandle: number;
  pad?: number;
  queueSubmits: ObjArray<QueueSubmit>;
}
export interface GroupGetStateArgs {
  groupHandle: number;
  state?: number;
  fatalQueues?: number;
  pad?: number;
}

export interface TilerHeapCreateArgs {
  vmId: number;
  initialChunkCount: number;
  chunkSize: number;
  maxChunks: number;
  targetInFlight: number;
  handle?: number;
  tilerHeapCtxGpuVa?: number;
  firstHeapChunkGpuVa?: number;
}
export interface TilerHeapDestroyArgs {
  handle: number;
  pad?: number;
}

/** Arguments by ioctl. */
export interface PanthorIoctls {
  DEV_QUERY: DevQueryArgs;
  VM_CREATE: VmCreateArgs;
  VM_DESTROY: VmDestroyArgs;
  VM_BIND: VmBindArgs;
  VM_GET_STATE: VmGetStateArgs;
  BO_CREATE: BoCreateArgs;
  BO_MMAP_OFFSET: BoMmapOffsetArgs;
  GROUP_CREATE: GroupCreateArgs;
  GROUP_DESTROY: GroupDestroyArgs;
  GROUP_SUBMIT: GroupSubmitArgs;
  GROUP_GET_STATE: GroupGetStateArgs;
  TILER_HEAP_CREATE: TilerHeapCreateArgs;
  TILER_HEAP_DESTROY: TilerHeapDestroyArgs;
  BO_SET_LABEL: BoSetLabelArgs;
  SET_USER_MMIO_OFFSET: SetUserMmioOffsetArgs;
  BO_SYNC: BoSyncArgs;
  BO_QUERY_INFO: BoQueryInfoArgs;
}
