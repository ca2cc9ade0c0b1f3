// Arguments of the sync object ioctls, as include/uapi/drm/drm.h has them. Fields left out are 0.

/** struct drm_syncobj_create. */
export interface SyncobjCreateArgs {
  flags?: number;
  /** Out. */
  handle?: number;
}

/** struct drm_syncobj_destroy. */
export interface SyncobjDestroyArgs {
  handle: number;
  pad?: number;
}

/** struct drm_syncobj_handle: handle to fd, fd to handle. */
export interface SyncobjHandleArgs {
  handle?: number;
  flags?: number;
  fd?: number;
  pad?: number;
  point?: number;
}

/** struct drm_syncobj_transfer. */
export interface SyncobjTransferArgs {
  srcHandle: number;
  dstHandle: number;
  srcPoint?: number;
  dstPoint?: number;
  flags?: number;
  pad?: number;
}

/** struct drm_syncobj_wait and struct drm_syncobj_timeline_wait (with points). */
export interface SyncobjWaitArgs {
  handles: readonly number[];
  points?: readonly number[];
  /** Absolute CLOCK_MONOTONIC; 0 polls. */
  timeoutNsec: number;
  flags?: number;
  /** Out. */
  firstSignaled?: number;
  deadlineNsec?: number;
}

/** struct drm_syncobj_eventfd. */
export interface SyncobjEventfdArgs {
  handle: number;
  flags?: number;
  point?: number;
  fd: number;
  pad?: number;
}

/** struct drm_syncobj_array. */
export interface SyncobjArrayArgs {
  handles: readonly number[];
  pad?: number;
}

/** struct drm_syncobj_timeline_array. */
export interface SyncobjTimelineArrayArgs {
  handles: readonly number[];
  /** In for signal, out for query. */
  points?: readonly number[];
  flags?: number;
}
