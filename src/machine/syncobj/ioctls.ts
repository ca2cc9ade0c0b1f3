// The sync object ioctls: drivers/gpu/drm/drm_syncobj.c. Arguments are the uapi structs of
// include/uapi/drm/drm.h in camelCase; arrays stand for pointer and count, results are written back.

import type { Atomic, Kernel } from "../core/op.ts";
import { chainAllocFails } from "../dma-fence/chain.ts";
import type { DmaFence } from "../dma-fence/fence.ts";
import type { Fences } from "../dma-fence/fences.ts";
import { mergeFences } from "../dma-fence/unwrap.ts";
import { SyncFile } from "../dma-fence/sync-file.ts";
import { EBADF, EFAULT, EINVAL, ENOENT, ENOMEM } from "../errno.ts";
import { unreadable } from "./user-array.ts";
import { filePseudoFails } from "../memory/fail-nth.ts";
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
import type { Syncobj } from "./syncobj.ts";
import { findFence, putAll, type SyncobjFile } from "./syncobj-file.ts";
import { arrayWaitTimeout, timeoutAbsToJiffies } from "./wait.ts";

/** drm_syncobj_create_ioctl(). */
export function* syncobjCreateIoctl(file: SyncobjFile, args: SyncobjCreateArgs): Atomic<number> {
  const flags = args.flags ?? 0;
  if ((flags & ~flag.syncobjCreateSignaled) !== 0) return -EINVAL;
  const handle = yield* file.createAsHandle(flags);
  if (handle < 0) return handle;
  args.handle = handle;
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
  if (filePseudoFails(file.kernel.fences.memory)) {
    yield* syncobj.put();
    return -ENOMEM;
  }
  // The file keeps the reference of find().
  args.fd = file.fds.install({ kind: "syncobj", syncobj });
  return 0;
}

/** drm_syncobj_export_sync_file(): -EINVAL without memory. */
function* exportSyncFile(
  file: SyncobjFile,
  args: SyncobjHandleArgs,
  point: number,
): Kernel<number> {
  const fence = yield* findFence(file, args.handle ?? 0, point);
  if (typeof fence === "number") return fence;
  const syncFile = SyncFile.create(file.kernel.fences, fence);
  yield* fence.put();
  if (syncFile === null) return -EINVAL;
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
  const handle = yield* file.getHandle(opened.syncobj);
  if (handle < 0) return handle;
  args.handle = handle;
  return 0;
}

/**
 * drm_syncobj_import_sync_file_fence(). As in C, a chain node that cannot be allocated costs the
 * references to fence and sync object: neither is ever freed.
 */
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
  if (point !== 0) {
    if (chainAllocFails(file.kernel.fences)) return -ENOMEM;
    yield* syncobj.addPoint(fence, point);
  } else yield* syncobj.replaceFence(fence);
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
  let ret = typeof found === "number" ? found : 0;
  if (typeof found !== "number") {
    if (dstPoint !== 0)
      ret = yield* transferToTimeline(target, found, dstPoint, file.kernel.fences);
    else {
      yield* target.replaceFence(found);
      yield* found.put();
    }
  }
  yield* target.put();
  return ret;
}

/** drm_syncobj_transfer_to_timeline(): consumes the fence. */
function* transferToTimeline(
  target: Syncobj,
  found: DmaFence,
  point: number,
  fences: Fences,
): Atomic<number> {
  const fence = yield* mergeFences(fences, [found]);
  yield* found.put();
  if (fence === null) return -ENOMEM;
  const ret = chainAllocFails(fences) ? -ENOMEM : 0;
  if (ret === 0) yield* target.addPoint(fence, point);
  yield* fence.put();
  return ret;
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
  if (args.points === unreadable) {
    yield* putAll(syncobjs);
    return -EFAULT;
  }
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
  let ret = opened === null ? -EBADF : opened.kind === "eventfd" ? 0 : -EINVAL;
  if (opened !== null && opened.kind === "eventfd") {
    if (file.kernel.fences.memory.failsNow()) ret = -ENOMEM;
    else yield* syncobj.addEventfd(opened.eventfd, args.point ?? 0, flags);
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
  let ret = 0;
  for (const syncobj of syncobjs) {
    ret = yield* syncobj.assignSignaled();
    if (ret < 0) break;
  }
  yield* putAll(syncobjs);
  return ret;
}

/** drm_syncobj_timeline_signal_ioctl(). */
export function* syncobjTimelineSignalIoctl(
  file: SyncobjFile,
  args: SyncobjTimelineArrayArgs,
): Atomic<number> {
  if ((args.flags ?? 0) !== 0 || args.handles.length === 0) return -EINVAL;
  const syncobjs = yield* file.findAll(args.handles);
  if (typeof syncobjs === "number") return syncobjs;
  const { fences } = file.kernel;
  // The points, the nodes' array, and each node, before any point is added.
  if (args.points === unreadable && !fences.memory.failsNow()) {
    yield* putAll(syncobjs);
    return -EFAULT;
  }
  let failed = fences.memory.failsNow() || fences.memory.failsNow();
  for (let i = 0; i < syncobjs.length && !failed; i++) failed = chainAllocFails(fences);
  for (let i = 0; i < syncobjs.length && !failed; i++) {
    const fence = yield* fences.getStub();
    yield* syncobjs[i].addPoint(fence, args.points?.[i] ?? 0);
    yield* fence.put();
  }
  yield* putAll(syncobjs);
  return failed ? -ENOMEM : 0;
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
