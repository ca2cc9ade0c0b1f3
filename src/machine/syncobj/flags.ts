// Flags and limits of the sync object interface: include/uapi/drm/drm.h.

export const syncobjCreateSignaled = 1 << 0;

export const fdToHandleImportSyncFile = 1 << 0;
export const fdToHandleTimeline = 1 << 1;
export const handleToFdExportSyncFile = 1 << 0;
export const handleToFdTimeline = 1 << 1;

export const waitAll = 1 << 0;
export const waitForSubmit = 1 << 1;
export const waitAvailable = 1 << 2;
export const waitDeadline = 1 << 3;

export const queryLastSubmitted = 1 << 0;

/** `first_signaled` when nothing was found signalled. */
export const noneSignaled = 0xffffffff;
