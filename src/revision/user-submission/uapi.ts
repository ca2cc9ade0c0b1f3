// The user interface that the series adds. Facts of the RFC's include/uapi/drm/panthor_drm.h;
// fields are in camelCase, out fields are written back.

import type * as uapi from "../../driver/drv/uapi.ts";
import type { UobjSize } from "../../driver/drv/uobj.ts";

/** enum drm_panthor_group_create_flags. */
export const DRM_PANTHOR_GROUP_CREATE_USER_SUBMIT = 1 << 0;

/** DRM_PANTHOR_MAX_PAGE_SHIFT: doorbells are 64 KiB apart, whatever the host's page size. */
export const DRM_PANTHOR_MAX_PAGE_SHIFT = 16;
export const doorbellStride = 2 ** DRM_PANTHOR_MAX_PAGE_SHIFT;

/** struct drm_panthor_queue_create of the series. */
export interface UserQueueCreate extends uapi.QueueCreate {
  ringbufOffset?: number;
  userIoOffset?: number;
  doorbellOffset?: number;
  /** Bytes behind the structure that this kernel knows, as the user's stride has them. */
  trailing?: number;
}

/** struct drm_panthor_group_create of the series: `flags` takes the place of `pad`. */
export interface UserGroupCreateArgs extends uapi.GroupCreateArgs {
  queues: uapi.ObjArray<UserQueueCreate>;
  eventfdSyncUpdate?: number;
  eventfdGroupState?: number;
  /** The array of queues cannot be written. */
  readOnlyQueues?: boolean;
}

/** struct drm_panthor_group_kick. */
export interface GroupKickArgs {
  handle: number;
  queueMask: number;
}

/** struct drm_panthor_xgs_queue_create. */
export interface XgsQueueCreateArgs {
  vmId: number;
  eventfdSyncUpdate: number;
  handle?: number;
  pad?: number;
}

/** struct drm_panthor_xgs_queue_destroy. */
export interface XgsQueueDestroyArgs {
  handle: number;
  pad?: number;
}

/** enum drm_panthor_xgs_ops. */
export const xgsOp = { waitLe: 0, waitGt: 1, signalSet: 2, signalAdd: 3 } as const;
/** enum drm_panthor_xgs_op_format. */
export const xgsFormat = { u32: 0, u64: 1 } as const;
/** enum drm_panthor_xgs_op_flags; bit 15 is the RFC's own mark of a completed operation. */
export const xgsOpFlags = { inheritErrorWait: 1 << 0, completed: 1 << 15 } as const;
/** enum drm_panthor_xgs_queue_submit_flags. */
export const xgsSubmitFlags = { errorBarrierPre: 1 << 0, errorBarrierPost: 1 << 1 } as const;

/** struct drm_panthor_xgs_op. */
export interface XgsOp {
  addr: number;
  value: bigint;
  op: number;
  format: number;
  flags: number;
  pad?: number;
}

/** struct drm_panthor_xgs_queue_submit. */
export interface XgsQueueSubmitArgs {
  handle: number;
  flags: number;
  ops: uapi.ObjArray<XgsOp>;
  syncs?: uapi.ObjArray<uapi.SyncOp>;
}

/** struct drm_panthor_sync_update. */
export interface SyncUpdateArgs {
  pad?: number;
}

/** The ioctls of the series. */
export interface UserSubmissionIoctls {
  GROUP_KICK: GroupKickArgs;
  XGS_QUEUE_CREATE: XgsQueueCreateArgs;
  XGS_QUEUE_DESTROY: XgsQueueDestroyArgs;
  XGS_QUEUE_SUBMIT: XgsQueueSubmitArgs;
  SYNC_UPDATE: SyncUpdateArgs;
}

export const userUobj = {
  queueCreate: { size: 32, min: 8 },
  xgsOp: { size: 24, min: 24 },
} as const satisfies Record<string, UobjSize>;
