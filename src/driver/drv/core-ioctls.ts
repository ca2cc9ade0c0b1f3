// Ioctls of the DRM core that users of panthor need: sync objects, GEM handles, PRIME, version and
// capabilities. Kernel: drivers/gpu/drm/drm_{ioctl,gem,prime,syncobj}.c.

import { done, type Kernel } from "../../machine/core/op.ts";
import { EACCES, EFAULT, EINVAL, ENOMEM } from "../../machine/errno.ts";
import { gemHandleDelete } from "../../machine/gpuvm/gem-object.ts";
import { primeFdToHandle, primeHandleToFd } from "../../machine/gpuvm/gem-prime.ts";
import * as syncobj from "../../machine/syncobj/index.ts";
import type { Driver } from "../driver.ts";
import type { DrmFile } from "./types.ts";
import * as uapi from "./uapi.ts";

export const DRM_CAP_PRIME = 0x5;
export const DRM_CAP_SYNCOBJ = 0x13;
export const DRM_CAP_SYNCOBJ_TIMELINE = 0x14;
const primeCapImport = 1;
const primeCapExport = 2;

export interface GemCloseArgs {
  handle: number;
  pad?: number;
}
/** struct drm_prime_handle. */
export interface PrimeHandleArgs {
  handle?: number;
  flags?: number;
  fd?: number;
}
export interface GetCapArgs {
  capability: number;
  value?: number;
}
export interface VersionArgs {
  versionMajor?: number;
  versionMinor?: number;
  versionPatchlevel?: number;
  name?: string;
  desc?: string;
}

/** struct drm_gem_flink and drm_gem_open. */
export interface GemNameArgs {
  handle?: number;
  name?: number;
  size?: number;
}
/** struct drm_set_client_name, its string in place; null where it cannot be read. */
export interface SetClientNameArgs {
  name: string | null;
}

/** DRM_CLIENT_NAME_MAX_LEN. */
export const clientNameMax = 64;
/** What isascii() and isgraph() have in common. */
const graphs = /^[!-~]*$/;

/** Arguments by ioctl of the DRM core. */
export interface CoreIoctls {
  VERSION: VersionArgs;
  GET_CAP: GetCapArgs;
  GEM_CLOSE: GemCloseArgs;
  GEM_FLINK: GemNameArgs;
  GEM_OPEN: GemNameArgs;
  SET_CLIENT_NAME: SetClientNameArgs;
  PRIME_HANDLE_TO_FD: PrimeHandleArgs;
  PRIME_FD_TO_HANDLE: PrimeHandleArgs;
  SYNCOBJ_CREATE: syncobj.SyncobjCreateArgs;
  SYNCOBJ_DESTROY: syncobj.SyncobjDestroyArgs;
  SYNCOBJ_HANDLE_TO_FD: syncobj.SyncobjHandleArgs;
  SYNCOBJ_FD_TO_HANDLE: syncobj.SyncobjHandleArgs;
  SYNCOBJ_TRANSFER: syncobj.SyncobjTransferArgs;
  SYNCOBJ_WAIT: syncobj.SyncobjWaitArgs;
  SYNCOBJ_TIMELINE_WAIT: syncobj.SyncobjWaitArgs;
  SYNCOBJ_EVENTFD: syncobj.SyncobjEventfdArgs;
  SYNCOBJ_RESET: syncobj.SyncobjArrayArgs;
  SYNCOBJ_SIGNAL: syncobj.SyncobjArrayArgs;
  SYNCOBJ_TIMELINE_SIGNAL: syncobj.SyncobjTimelineArrayArgs;
  SYNCOBJ_QUERY: syncobj.SyncobjTimelineArrayArgs;
}

export type CoreIoctlTable = {
  readonly [N in keyof CoreIoctls]: (file: DrmFile, args: CoreIoctls[N]) => Kernel<number>;
};

export const coreIoctlOps = (drv: Driver) => ({
  /** drm_version(). */
  ioctlVersion(_file: DrmFile, args: VersionArgs): Kernel<number> {
    args.versionMajor = uapi.DRIVER_MAJOR;
    args.versionMinor = uapi.DRIVER_MINOR;
    args.versionPatchlevel = 0;
    args.name = "panthor";
    args.desc = "Panthor DRM driver";
    return done(0);
  },

  /** drm_getcap(), for the features that the driver has. */
  ioctlGetCap(_file: DrmFile, args: GetCapArgs): Kernel<number> {
    args.value = 0;
    switch (args.capability) {
      case DRM_CAP_PRIME:
        args.value = primeCapImport | primeCapExport;
        return done(0);
      case DRM_CAP_SYNCOBJ:
      case DRM_CAP_SYNCOBJ_TIMELINE:
        args.value = 1;
        return done(0);
      default:
        return done(-EINVAL);
    }
  },

  /** drm_gem_close_ioctl(). */
  *ioctlGemClose(file: DrmFile, args: GemCloseArgs): Kernel<number> {
    return (yield* gemHandleDelete(file, args.handle)) ? 0 : -EINVAL;
  },

  /**
   * drm_ioctl_permit(): names of objects are for authenticated users of a primary node, which
   * panthor has none of. Its render node refuses what is not marked DRM_RENDER_ALLOW.
   */
  ioctlNotForRender(): Kernel<number> {
    return done(-EACCES);
  },

  /** drm_set_client_name(), without the mutex around the name. */
  ioctlSetClientName(file: DrmFile, args: SetClientNameArgs): Kernel<number> {
    const { name } = args;
    if (name !== null && name.length > clientNameMax) return done(-EINVAL);
    if (name?.length !== 0 && drv.linux.memory.failsNow()) return done(-ENOMEM);
    if (name === null) return done(-EFAULT);
    if (!graphs.test(name)) return done(-EINVAL);
    file.clientName = name;
    return done(0);
  },

  /** drm_prime_handle_to_fd_ioctl(). */
  *ioctlPrimeHandleToFd(file: DrmFile, args: PrimeHandleArgs): Kernel<number> {
    const driver = drv.gem.primeDriver(file.pfile.ptdev);
    const { fds } = file.syncobjs;
    const fd = yield* primeHandleToFd(driver, file, fds, args.handle ?? 0, args.flags ?? 0);
    if (fd < 0) return fd;
    args.fd = fd;
    return 0;
  },

  /** drm_prime_fd_to_handle_ioctl(). */
  *ioctlPrimeFdToHandle(file: DrmFile, args: PrimeHandleArgs): Kernel<number> {
    const driver = drv.gem.primeDriver(file.pfile.ptdev);
    const handle = yield* primeFdToHandle(driver, file, file.syncobjs.fds, args.fd ?? -1);
    if (handle < 0) return handle;
    args.handle = handle;
    return 0;
  },

  /** Handlers of the DRM core's ioctls. */
  coreIoctls(): CoreIoctlTable {
    return {
      VERSION: (file, args) => drv.drv.ioctlVersion(file, args),
      GET_CAP: (file, args) => drv.drv.ioctlGetCap(file, args),
      GEM_CLOSE: (file, args) => drv.drv.ioctlGemClose(file, args),
      GEM_FLINK: () => drv.drv.ioctlNotForRender(),
      GEM_OPEN: () => drv.drv.ioctlNotForRender(),
      SET_CLIENT_NAME: (file, args) => drv.drv.ioctlSetClientName(file, args),
      PRIME_HANDLE_TO_FD: (file, args) => drv.drv.ioctlPrimeHandleToFd(file, args),
      PRIME_FD_TO_HANDLE: (file, args) => drv.drv.ioctlPrimeFdToHandle(file, args),
      SYNCOBJ_CREATE: (file, args) => syncobj.syncobjCreateIoctl(file.syncobjs, args),
      SYNCOBJ_DESTROY: (file, args) => syncobj.syncobjDestroyIoctl(file.syncobjs, args),
      SYNCOBJ_HANDLE_TO_FD: (file, args) => syncobj.syncobjHandleToFdIoctl(file.syncobjs, args),
      SYNCOBJ_FD_TO_HANDLE: (file, args) => syncobj.syncobjFdToHandleIoctl(file.syncobjs, args),
      SYNCOBJ_TRANSFER: (file, args) => syncobj.syncobjTransferIoctl(file.syncobjs, args),
      SYNCOBJ_WAIT: (file, args) => syncobj.syncobjWaitIoctl(file.syncobjs, args),
      SYNCOBJ_TIMELINE_WAIT: (file, args) => syncobj.syncobjTimelineWaitIoctl(file.syncobjs, args),
      SYNCOBJ_EVENTFD: (file, args) => syncobj.syncobjEventfdIoctl(file.syncobjs, args),
      SYNCOBJ_RESET: (file, args) => syncobj.syncobjResetIoctl(file.syncobjs, args),
      SYNCOBJ_SIGNAL: (file, args) => syncobj.syncobjSignalIoctl(file.syncobjs, args),
      SYNCOBJ_TIMELINE_SIGNAL: (file, args) =>
        syncobj.syncobjTimelineSignalIoctl(file.syncobjs, args),
      SYNCOBJ_QUERY: (file, args) => syncobj.syncobjQueryIoctl(file.syncobjs, args),
    };
  },
});
