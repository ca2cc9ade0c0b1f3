// Command numbers of the ioctls: number, direction, size of the argument, and who may call. The only
// table of them. Kernel: include/uapi/drm/drm.h, include/uapi/drm/panthor_drm.h,
// drivers/gpu/drm/drm_ioctl.c, drivers/gpu/drm/panthor/panthor_drv.c.

/** _IOC_DIR() as user space sees it: it writes the argument, reads it, both. */
export type IoctlDirection = "none" | "w" | "r" | "wr";

/**
 * Flags of struct drm_ioctl_desc: `render` is DRM_RENDER_ALLOW, `none` has no flag; `auth`, `master`
 * and `root` need a primary node.
 */
export type IoctlAccess = "render" | "none" | "auth" | "master" | "root";

/** What struct drm_ioctl_desc says, and the name of the handler. */
export interface IoctlDesc {
  readonly nr: number;
  readonly name: string;
  readonly direction: IoctlDirection;
  readonly size: number;
  readonly access: IoctlAccess;
}

type Row = readonly [
  nr: number,
  name: string,
  direction: IoctlDirection,
  size: number,
  access: IoctlAccess,
];

/** DRM_IOCTL_BASE. */
export const DRM_IOCTL_BASE = 0x64;
/** Driver ioctls have the numbers from here on, to the end not included. */
export const DRM_COMMAND_BASE = 0x40;
export const DRM_COMMAND_END = 0xa0;

/** drm_ioctls[] of the DRM core. */
const coreRows: readonly Row[] = [
  [0x00, "VERSION", "wr", 64, "render"],
  [0x01, "GET_UNIQUE", "wr", 16, "none"],
  [0x02, "GET_MAGIC", "r", 4, "none"],
  [0x05, "GET_CLIENT", "wr", 40, "none"],
  [0x06, "GET_STATS", "r", 248, "none"],
  [0x07, "SET_VERSION", "wr", 16, "master"],
  [0x09, "GEM_CLOSE", "w", 8, "render"],
  [0x0a, "GEM_FLINK", "wr", 8, "auth"],
  [0x0b, "GEM_OPEN", "wr", 16, "auth"],
  [0x0c, "GET_CAP", "wr", 16, "render"],
  [0x0d, "SET_CLIENT_CAP", "w", 16, "none"],
  [0x10, "SET_UNIQUE", "w", 16, "root"],
  [0x11, "AUTH_MAGIC", "w", 4, "master"],
  [0x12, "BLOCK", "wr", 4, "root"],
  [0x13, "UNBLOCK", "wr", 4, "root"],
  [0x1e, "SET_MASTER", "none", 0, "none"],
  [0x1f, "DROP_MASTER", "none", 0, "none"],
  [0x27, "ADD_DRAW", "wr", 4, "root"],
  [0x28, "RM_DRAW", "wr", 4, "root"],
  [0x2c, "FINISH", "w", 8, "auth"],
  [0x2d, "PRIME_HANDLE_TO_FD", "wr", 12, "render"],
  [0x2e, "PRIME_FD_TO_HANDLE", "wr", 12, "render"],
  [0x3a, "WAIT_VBLANK", "wr", 24, "none"],
  [0x3b, "CRTC_GET_SEQUENCE", "wr", 24, "none"],
  [0x3c, "CRTC_QUEUE_SEQUENCE", "wr", 24, "none"],
  [0x3f, "UPDATE_DRAW", "w", 24, "root"],
  [0xa0, "MODE_GETRESOURCES", "wr", 64, "none"],
  [0xa1, "MODE_GETCRTC", "wr", 104, "none"],
  [0xa2, "MODE_SETCRTC", "wr", 104, "master"],
  [0xa3, "MODE_CURSOR", "wr", 28, "master"],
  [0xa4, "MODE_GETGAMMA", "wr", 32, "none"],
  [0xa5, "MODE_SETGAMMA", "wr", 32, "master"],
  [0xa6, "MODE_GETENCODER", "wr", 20, "none"],
  [0xa7, "MODE_GETCONNECTOR", "wr", 80, "none"],
  [0xa8, "MODE_ATTACHMODE", "wr", 72, "master"],
  [0xa9, "MODE_DETACHMODE", "wr", 72, "master"],
  [0xaa, "MODE_GETPROPERTY", "wr", 64, "none"],
  [0xab, "MODE_SETPROPERTY", "wr", 16, "master"],
  [0xac, "MODE_GETPROPBLOB", "wr", 16, "none"],
  [0xad, "MODE_GETFB", "wr", 28, "none"],
  [0xae, "MODE_ADDFB", "wr", 28, "none"],
  [0xaf, "MODE_RMFB", "wr", 4, "none"],
  [0xb0, "MODE_PAGE_FLIP", "wr", 24, "master"],
  [0xb1, "MODE_DIRTYFB", "wr", 24, "master"],
  [0xb2, "MODE_CREATE_DUMB", "wr", 32, "none"],
  [0xb3, "MODE_MAP_DUMB", "wr", 16, "none"],
  [0xb4, "MODE_DESTROY_DUMB", "wr", 4, "none"],
  [0xb5, "MODE_GETPLANERESOURCES", "wr", 16, "none"],
  [0xb6, "MODE_GETPLANE", "wr", 32, "none"],
  [0xb7, "MODE_SETPLANE", "wr", 48, "master"],
  [0xb8, "MODE_ADDFB2", "wr", 104, "none"],
  [0xb9, "MODE_OBJ_GETPROPERTIES", "wr", 32, "none"],
  [0xba, "MODE_OBJ_SETPROPERTY", "wr", 24, "master"],
  [0xbb, "MODE_CURSOR2", "wr", 36, "master"],
  [0xbc, "MODE_ATOMIC", "wr", 56, "master"],
  [0xbd, "MODE_CREATEPROPBLOB", "wr", 16, "none"],
  [0xbe, "MODE_DESTROYPROPBLOB", "wr", 4, "none"],
  [0xbf, "SYNCOBJ_CREATE", "wr", 8, "render"],
  [0xc0, "SYNCOBJ_DESTROY", "wr", 8, "render"],
  [0xc1, "SYNCOBJ_HANDLE_TO_FD", "wr", 24, "render"],
  [0xc2, "SYNCOBJ_FD_TO_HANDLE", "wr", 24, "render"],
  [0xc3, "SYNCOBJ_WAIT", "wr", 40, "render"],
  [0xc4, "SYNCOBJ_RESET", "wr", 16, "render"],
  [0xc5, "SYNCOBJ_SIGNAL", "wr", 16, "render"],
  [0xc6, "MODE_CREATE_LEASE", "wr", 24, "master"],
  [0xc7, "MODE_LIST_LESSEES", "wr", 16, "master"],
  [0xc8, "MODE_GET_LEASE", "wr", 16, "master"],
  [0xc9, "MODE_REVOKE_LEASE", "wr", 4, "master"],
  [0xca, "SYNCOBJ_TIMELINE_WAIT", "wr", 48, "render"],
  [0xcb, "SYNCOBJ_QUERY", "wr", 24, "render"],
  [0xcc, "SYNCOBJ_TRANSFER", "wr", 32, "render"],
  [0xcd, "SYNCOBJ_TIMELINE_SIGNAL", "wr", 24, "render"],
  [0xce, "MODE_GETFB2", "wr", 104, "none"],
  [0xcf, "SYNCOBJ_EVENTFD", "wr", 24, "render"],
  [0xd0, "MODE_CLOSEFB", "wr", 8, "none"],
  [0xd1, "SET_CLIENT_NAME", "wr", 16, "render"],
  [0xd2, "GEM_CHANGE_HANDLE", "wr", 8, "render"],
];

/** panthor_drm_driver_ioctls[]. */
const panthorRows: readonly Row[] = [
  [0x40, "DEV_QUERY", "wr", 16, "render"],
  [0x41, "VM_CREATE", "wr", 16, "render"],
  [0x42, "VM_DESTROY", "wr", 8, "render"],
  [0x43, "VM_BIND", "wr", 24, "render"],
  [0x44, "VM_GET_STATE", "wr", 8, "render"],
  [0x45, "BO_CREATE", "wr", 24, "render"],
  [0x46, "BO_MMAP_OFFSET", "wr", 16, "render"],
  [0x47, "GROUP_CREATE", "wr", 56, "render"],
  [0x48, "GROUP_DESTROY", "wr", 8, "render"],
  [0x49, "GROUP_SUBMIT", "wr", 24, "render"],
  [0x4a, "GROUP_GET_STATE", "wr", 16, "render"],
  [0x4b, "TILER_HEAP_CREATE", "wr", 40, "render"],
  [0x4c, "TILER_HEAP_DESTROY", "wr", 8, "render"],
  [0x4d, "BO_SET_LABEL", "wr", 16, "render"],
  [0x4e, "SET_USER_MMIO_OFFSET", "wr", 8, "render"],
  [0x4f, "BO_SYNC", "wr", 16, "render"],
  [0x50, "BO_QUERY_INFO", "wr", 16, "render"],
];

/**
 * What the user submission RFC makes larger, and appends to a driver whose last ioctl is
 * TILER_HEAP_DESTROY: numbers that others own by now.
 */
const userSubmissionRows: readonly Row[] = [
  [0x47, "GROUP_CREATE", "wr", 64, "render"],
  [0x4d, "GROUP_KICK", "wr", 8, "render"],
  [0x4e, "XGS_QUEUE_CREATE", "wr", 16, "render"],
  [0x4f, "XGS_QUEUE_DESTROY", "wr", 8, "render"],
  [0x50, "XGS_QUEUE_SUBMIT", "wr", 40, "render"],
  [0x51, "SYNC_UPDATE", "wr", 8, "render"],
];

const descOf = ([nr, name, direction, size, access]: Row): IoctlDesc => ({
  nr,
  name,
  direction,
  size,
  access,
});

export const coreIoctlDescs: readonly IoctlDesc[] = coreRows.map(descOf);
export const panthorIoctlDescs: readonly IoctlDesc[] = panthorRows.map(descOf);
export const userSubmissionIoctlDescs: readonly IoctlDesc[] = userSubmissionRows.map(descOf);

/** The table with other rows in the place of those with their numbers. */
export const withIoctlDescs = (
  table: readonly IoctlDesc[],
  rows: readonly IoctlDesc[],
): readonly IoctlDesc[] => {
  const numbers = new Set(rows.map(({ nr }) => nr));
  return [...table.filter(({ nr }) => !numbers.has(nr)), ...rows];
};

const directions: readonly IoctlDirection[] = ["none", "w", "r", "wr"];
/** _IOC(): a command of its parts. */
export const ioctlCommand = (type: number, nr: number, direction: IoctlDirection, size: number) =>
  ((directions.indexOf(direction) << 30) | (size << 16) | (type << 8) | nr) >>> 0;

/** A command as _IOC_TYPE(), _IOC_NR(), _IOC_SIZE() and the two bits of _IOC_DIR() take it apart. */
export const ioctlParts = (cmd: number) => ({
  type: (cmd >>> 8) & 0xff,
  nr: cmd & 0xff,
  size: (cmd >>> 16) & 0x3fff,
  writes: (cmd & 0x40000000) !== 0,
  reads: (cmd & 0x80000000) !== 0,
});
