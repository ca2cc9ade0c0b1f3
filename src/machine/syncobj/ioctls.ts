// The sync object ioctls: drivers/gpu/drm/drm_syncobj.c. Arguments are the uapi structs of
// include/uapi/drm/drm.h in camelCase; arrays stand for pointer and count, results are written back.

import type { Atomic, Kernel } from "../core/op.ts";
import { mergeFences } from "../dma-fence/unwrap.ts";
import { SyncFile } from "../dma-fence/sync-file.ts";
import { EBADF, EINVAL, ENOENT } from "../errno.ts";
import * as flag from "./flags.ts";
import type {
  SyncobjArrayArgs,
  SyncobjCreateArgs,
  SyncobjDestroyArgs,
  SyncobjEventfdArgs,
  SyncobjHandleArgs,
  SyncobjTimelineArrayArgs,
  SyncobjTransferArgs,
  SyncobjWaitArgs,
} from "./ioctl-args.ts";
import { queryPoint } from "./query.ts";
import { findFence, putAll, type SyncobjFile } from "./syncobj-file.ts";
import { arrayWaitTimeout, timeoutAbsToJiffies } from "./wait.ts";

/** drm_syncobj_create_ioctl(). */
export function* syncobjCreateIoctl(file: SyncobjFile, args: SyncobjCreateArgs): Atomic<number> {
  const flags = args.flags ?? 0;
  if ((flags & ~flag.syncobjCreateSignaled) !== 0) return -EINVAL;
  args.handle = yield* file.createAsHandle(flags);
  return 0;
}

/** drm_syncobj_destroy_ioctl(). */
export function* syncobjDestroyIoctl(file: SyncobjFile, args: SyncobjDestroyArgs): Atomic<number> {
  if ((args.pad ?? 0) !== 0) return -EINVAL;
  return yield* file.destroy(args.handle);
}

/** drm_syncobj_handle_to_fd_ioctl(). */
export function* syncobjHandleToFdIoctl(
  file: SyncobjFile,
  args: SyncobjHandleArgs,
): Kernel<number> {
  const flags = args.flags ?? 0;
  if ((args.pad ?? 0) !== 0) return -EINVAL;
  if ((flags & ~(flag.handleToFdTimeline | flag.handleToFdExportSyncFile)) !== 0) return -EINVAL;
  const point = (flags & flag.handleToFdTimeline) !== 0 ? (args.point ?? 0) : 0;
  if ((flags & flag.handleToFdExportSyncFile) !== 0)
    return yield* exportSyncFile(file, args, point);
  if ((args.point ?? 0) !== 0) return -EINVAL;
  const syncobj = yield* file.find(args.handle ?? 0);
  if (syncobj === null) return -EINVAL;
  // The file keeps the reference of find().
  args.fd = file.fds.install({ kind: "syncobj", syncobj });
  return 0;
}

/** drm_syncobj_export_sync_file(). */
function* exportSyncFile(
  file: SyncobjFile,
  args: SyncobjHandleArgs,
  point: number,
): Kernel<number> {
  const fence = yield* findFence(file, args.handle ?? 0, point);
  if (typeof fence === "number") return fence;
  const syncFile = SyncFile.create(file.kernel.fences, fence);
  yield* fence.put();
  args.fd = file.fds.install({ kind: "sync_file", syncFile });
  return 0;
}

/** drm_syncobj_fd_to_handle_ioctl(). */
export function* syncobjFdToHandleIoctl(
  file: SyncobjFile,
  args: SyncobjHandleArgs,
): Kernel<number> {
  const flags = args.flags ?? 0;
  if ((args.pad ?? 0) !== 0) return -EINVAL;
  if ((flags & ~(flag.fdToHandleTimeline | flag.fdToHandleImportSyncFile)) !== 0) return -EINVAL;
  const point = (flags & flag.fdToHandleTimeline) !== 0 ? (args.point ?? 0) : 0;
  if ((flags & flag.fdToHandleImportSyncFile) !== 0)
    return yield* importSyncFile(file, args, point);
  if ((args.point ?? 0) !== 0) return -EINVAL;
  const opened = file.fds.get(args.fd ?? -1);
  if (opened === null || opened.kind !== "syncobj") return -EINVAL;
  args.handle = yield* file.getHandle(opened.syncobj);
  return 0;
}

/** drm_syncobj_import_sync_file_fence(). */
function* importSyncFile(
  file: SyncobjFile,
  args: SyncobjHandleArgs,
  point: number,
): Kernel<number> {
  const opened = file.fds.get(args.fd ?? -1);
  if (opened === null || opened.kind !== "sync_file") return -EINVAL;
  const fence = opened.syncFile.getFence();
  const syncobj = yield* file.find(args.handle ?? 0);
  if (syncobj === null) {
    yield* fence.put();
    return -ENOENT;
  }
  if (point !== 0) yield* syncobj.addPoint(fence, point);
  else yield* syncobj.replaceFence(fence);
  yield* fence.put();
  yield* syncobj.put();
  return 0;
}

/** drm_syncobj_transfer_ioctl(). */
export function* syncobjTransferIoctl(
  file: SyncobjFile,
  args: SyncobjTransferArgs,
): Kernel<number> {
  if ((args.pad ?? 0) !== 0) return -EINVAL;
  const dstPoint = args.dstPoint ?? 0;
  const target = yield* file.find(args.dstHandle);
  if (target === null) return -ENOENT;
  const found = yield* findFence(file, args.srcHandle, args.srcPoint ?? 0, args.flags ?? 0);
  if (typeof found !== "number") {
    if (dstPoint !== 0) {
      const fence = yield* mergeFences(file.kernel.fences, [found]);
      yield* found.put();
      yield* target.addPoint(fence, dstPoint);
      yield* fence.put();
    } else {
      yield* target.replaceFence(found);
      yield* found.put();
    }
  }
  yield* target.put();
  return typeof found === "number" ? found : 0;
}

/** drm_syncobj_wait_ioctl(). */
export function syncobjWaitIoctl(file: SyncobjFile, args: SyncobjWaitArgs): Kernel<number> {
  return waitIoctl(file, args, flag.waitAll | flag.waitForSubmit | flag.waitDeadline, false);
}

/** drm_syncobj_timeline_wait_ioctl(). */
export function syncobjTimelineWaitIoctl(file: SyncobjFile, args: SyncobjWaitArgs): Kernel<number> {
  const flags = flag.waitAll | flag.waitForSubmit | flag.waitAvailable | flag.waitDeadline;
  return waitIoctl(file, args, flags, true);
}

function* waitIoctl(
  file: SyncobjFile,
  args: SyncobjWaitArgs,
  possibleFlags: number,
  timeline: boolean,
): Kernel<number> {
  const flags = args.flags ?? 0;
  if ((flags & ~possibleFlags) !== 0) return -EINVAL;
  if (args.handles.length === 0) return 0;
  const syncobjs = yield* file.findAll(args.handles);
  if (typeof syncobjs === "number") return syncobjs;
  const timeout = yield* timeoutAbsToJiffies(file.kernel, args.timeoutNsec);
  const { ret, firstSignaled } = yield* arrayWaitTimeout(file, {
    syncobjs,
    points: timeline ? (args.points ?? null) : null,
    flags,
    timeout,
    deadlineNs: (flags & flag.waitDeadline) !== 0 ? (args.deadlineNsec ?? 0) : null,
  });
  if (ret >= 0) args.firstSignaled = firstSignaled;
  yield* putAll(syncobjs);
  return ret < 0 ? ret : 0;
}

/** drm_syncobj_eventfd_ioctl(). */
export function* syncobjEventfdIoctl(file: SyncobjFile, args: SyncobjEventfdArgs): Atomic<number> {
  const flags = args.flags ?? 0;
  if ((flags & ~flag.waitAvailable) !== 0 || (args.pad ?? 0) !== 0) return -EINVAL;
  const syncobj = yield* file.find(args.handle);
  if (syncobj === null) return -ENOENT;
  const opened = file.fds.get(args.fd);
  // eventfd_ctx_fdget(): -EBADF for a descriptor that is not open, -EINVAL for another kind.
  const ret = opened === null ? -EBADF : opened.kind === "eventfd" ? 0 : -EINVAL;
  if (opened !== null && opened.kind === "eventfd") {
    yield* syncobj.addEventfd(opened.eventfd, args.point ?? 0, flags);
  }
  yield* syncobj.put();
  return ret;
}

/** drm_syncobj_reset_ioctl(). */
export function* syncobjResetIoctl(file: SyncobjFile, args: SyncobjArrayArgs): Atomic<number> {
  if ((args.pad ?? 0) !== 0 || args.handles.length === 0) return -EINVAL;
  const syncobjs = yield* file.findAll(args.handles);
  if (typeof syncobjs === "number") return syncobjs;
  for (const syncobj of syncobjs) yield* syncobj.replaceFence(null);
  yield* putAll(syncobjs);
  return 0;
}

/** drm_syncobj_signal_ioctl(). */
export function* syncobjSignalIoctl(file: SyncobjFile, args: SyncobjArrayArgs): Atomic<number> {
  if ((args.pad ?? 0) !== 0 || args.handles.length === 0) return -EINVAL;
  const syncobjs = yield* file.findAll(args.handles);
  if (typeof syncobjs === "number") return syncobjs;
  for (const syncobj of syncobjs) yield* syncobj.assignSignaled();
  yield* putAll(syncobjs);
  return 0;
}

/** drm_syncobj_timeline_signal_ioctl(). */
export function* syncobjTimelineSignalIoctl(
  file: SyncobjFile,
  args: SyncobjTimelineArrayArgs,
): Atomic<number> {
  if ((args.flags ?? 0) !== 0 || args.handles.length === 0) return -EINVAL;
  const syncobjs = yield* file.findAll(args.handles);
  if (typeof syncobjs === "number") return syncobjs;
  for (let i = 0; i < syncobjs.length; i++) {
    const fence = file.kernel.fences.getStub();
    yield* syncobjs[i].addPoint(fence, args.points?.[i] ?? 0);
    yield* fence.put();
  }
  yield* putAll(syncobjs);
  return 0;
}

/** drm_syncobj_query_ioctl(): `points` is written. */
export function* syncobjQueryIoctl(
  file: SyncobjFile,
  args: SyncobjTimelineArrayArgs,
): Atomic<number> {
  const flags = args.flags ?? 0;
  if ((flags & ~flag.queryLastSubmitted) !== 0 || args.handles.length === 0) return -EINVAL;
  const syncobjs = yield* file.findAll(args.handles);
  if (typeof syncobjs === "number") return syncobjs;
  const points: number[] = [];
  for (const syncobj of syncobjs) {
    points.push(yield* queryPoint(syncobj, (flags & flag.queryLastSubmitted) !== 0));
  }
  args.points = points;
  yield* putAll(syncobjs);
  return 0;
}
