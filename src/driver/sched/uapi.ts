// Arguments of the group ioctls. Kernel: include/uapi/drm/panthor_drm.h (7.3).

/** enum drm_panthor_group_state_flags. */
export const DRM_PANTHOR_GROUP_STATE_TIMEDOUT = 1 << 0;
export const DRM_PANTHOR_GROUP_STATE_FATAL_FAULT = 1 << 1;
export const DRM_PANTHOR_GROUP_STATE_INNOCENT = 1 << 2;

/** struct drm_panthor_queue_create. */
export interface DrmPanthorQueueCreate {
  priority: number;
  pad: readonly [number, number, number];
  ringbufSize: number;
}

/** struct drm_panthor_group_create; the queue array is passed beside it. */
export interface DrmPanthorGroupCreate {
  queues: { count: number };
  maxComputeCores: number;
  maxFragmentCores: number;
  maxTilerCores: number;
  priority: number;
  pad: number;
  computeCoreMask: bigint;
  fragmentCoreMask: bigint;
  tilerCoreMask: bigint;
  vmId: number;
}

/** struct drm_panthor_group_get_state. */
export interface DrmPanthorGroupGetState {
  groupHandle: number;
  state: number;
  fatalQueues: number;
  pad: number;
}

/** struct drm_panthor_queue_submit, without its syncs. */
export interface DrmPanthorQueueSubmit {
  queueIndex: number;
  streamSize: number;
  streamAddr: number;
  latestFlush: number;
  pad: number;
}
