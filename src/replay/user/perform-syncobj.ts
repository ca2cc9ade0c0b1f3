// Sync objects, sync files, eventfds.

import { done, type Kernel } from "../../machine/core/op.ts";
import { EBADF, EINVAL } from "../../machine/errno.ts";
import { Eventfd } from "../../machine/eventfd.ts";
import type { FdTable } from "../../machine/syncobj/fd-table.ts";
import type { Args } from "../../trace/events/index.ts";
import type { syncobjEvents } from "../../trace/events/syncobj.ts";
import { printPoint, type SyncPoint } from "../../trace/field.ts";
import type { Performers, UserContext } from "./context.ts";
import type { OpenFile, UserFd } from "./objects.ts";

const waitAll = 1;
const waitForSubmit = 2;
const waitAvailable = 4;
const waitDeadline = 8;
const exportSyncFile = 1;
const timelineFd = 2;

export const performSyncobj: Performers<keyof typeof syncobjEvents> = {
  *syncobj_create(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const uapi = { flags: args.signaled ? 1 : 0, handle: 0 };
    const ret = yield* c.ioctl(file, "SYNCOBJ_CREATE", uapi);
    c.objects.sync.set(args.sync, { file, handle: ret < 0 ? 0 : uapi.handle });
    return ret;
  },

  syncobj_destroy(c, args) {
    const sync = c.get("sync", c.objects.sync, args.sync);
    return c.ioctl(sync.file, "SYNCOBJ_DESTROY", { handle: sync.handle });
  },

  syncobj_wait: (c, args) => wait(c, "SYNCOBJ_WAIT", args, 0, false),
  syncobj_timeline_wait: (c, args) =>
    wait(c, "SYNCOBJ_TIMELINE_WAIT", args, args.available ? waitAvailable : 0, true),

  syncobj_signal: (c, args) =>
    c.ioctl(fileOf(c, args.sync), "SYNCOBJ_SIGNAL", arrays(c, args.sync)),
  syncobj_reset: (c, args) => c.ioctl(fileOf(c, args.sync), "SYNCOBJ_RESET", arrays(c, args.sync)),
  syncobj_timeline_signal: (c, args) =>
    c.ioctl(fileOf(c, args.sync), "SYNCOBJ_TIMELINE_SIGNAL", timelines(c, args.sync)),

  syncobj_transfer(c, args) {
    const from = c.sync(args.from);
    return c.ioctl(from.file, "SYNCOBJ_TRANSFER", {
      srcHandle: from.handle,
      dstHandle: c.sync(args.to).handle,
      srcPoint: args.from.point ?? 0,
      dstPoint: args.to.point ?? 0,
      flags: args.for_submit ? waitForSubmit : 0,
    });
  },

  *syncobj_query(c, args) {
    const flags = args.last_submitted ? 1 : 0;
    const uapi = { ...timelines(c, args.sync), flags };
    const ret = yield* c.ioctl(fileOf(c, args.sync), "SYNCOBJ_QUERY", uapi);
    if (ret >= 0) c.expect("points", args.values?.join(","), uapi.points.join(","));
    return ret;
  },

  syncobj_eventfd(c, args) {
    const sync = c.sync(args.sync);
    const fds = sync.file.file?.syncobjs.fds;
    if (fds === undefined) return done(-EBADF);
    const flags = args.available ? waitAvailable : 0;
    const fd = descriptor(c.get("fd", c.objects.fd, args.fd), fds);
    const point = args.sync.point ?? 0;
    return c.ioctl(sync.file, "SYNCOBJ_EVENTFD", { handle: sync.handle, flags, point, fd });
  },

  *syncobj_handle_to_fd(c, args) {
    const sync = c.sync(args.sync);
    const fd = yield* handleToFd(c, sync.file, sync.handle, args.sync_file, args.sync.point);
    const table = sync.file.file?.syncobjs.fds;
    if (table !== undefined) c.objects.fd.set(args.fd, { kind: "fd", table, fd: Math.max(fd, -1) });
    return fd < 0 ? fd : 0;
  },

  *syncobj_fd_to_handle(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const fds = file.file?.syncobjs.fds;
    if (fds === undefined) return -EBADF;
    const fd = descriptor(c.get("fd", c.objects.fd, args.fd), fds);
    const uapi = { fd, flags: 0, handle: 0 };
    const ret = yield* c.ioctl(file, "SYNCOBJ_FD_TO_HANDLE", uapi);
    c.objects.sync.set(args.sync, { file, handle: ret < 0 ? 0 : uapi.handle });
    return ret;
  },

  syncobj_import_sync_file(c, args) {
    const sync = c.sync(args.sync);
    const fds = sync.file.file?.syncobjs.fds;
    if (fds === undefined) return done(-EBADF);
    const { point } = args.sync;
    return c.ioctl(sync.file, "SYNCOBJ_FD_TO_HANDLE", {
      fd: descriptor(c.get("fd", c.objects.fd, args.fd), fds),
      flags: 1 | (point === null ? 0 : timelineFd),
      handle: sync.handle,
      point: point ?? 0,
    });
  },

  *sync_file_info(c, args) {
    const fd = c.get("fd", c.objects.fd, args.fd);
    if (fd.kind !== "fd") return -EINVAL;
    const status = yield* syncFileStatus(fd.table, fd.fd);
    if (typeof status === "number") return status;
    c.expect("fence status", args.status, status.status);
    return 0;
  },

  *fence_status(c, args) {
    const { file, handle } = c.sync(args.sync);
    const binary = { flags: 0, handle: 0 };
    let ret = yield* c.ioctl(file, "SYNCOBJ_CREATE", binary);
    if (ret < 0) return ret;
    ret = yield* c.ioctl(file, "SYNCOBJ_TRANSFER", {
      srcHandle: handle,
      dstHandle: binary.handle,
      srcPoint: args.sync.point ?? 0,
    });
    if (ret >= 0) ret = yield* statusOf(c, file, binary.handle, args);
    yield* c.ioctl(file, "SYNCOBJ_DESTROY", { handle: binary.handle });
    return ret;
  },

  eventfd(c, args) {
    const initial = BigInt(args.count);
    const eventfd = new Eventfd(c.env.linux.m, args.fd, { initial });
    c.objects.fd.set(args.fd, { kind: "eventfd", eventfd, fds: new Map() });
    return done(0);
  },

  *eventfd_read(c, args) {
    const fd = c.get("fd", c.objects.fd, args.fd);
    if (fd.kind !== "eventfd") return -EINVAL;
    const value = args.nonblock ? fd.eventfd.tryRead() : yield* fd.eventfd.read();
    if (value < 0n) return Number(value);
    c.expect("eventfd count", args.value, Number(value));
    return 0;
  },

  *close_fd(c, args) {
    const fd = c.get("fd", c.objects.fd, args.fd);
    if (fd.kind === "fd") return (yield* fd.table.close(fd.fd)) ? 0 : -EBADF;
    for (const [table, n] of fd.fds) yield* table.close(n);
    fd.fds.clear();
    return 0;
  },
};

/** The file of the first sync object of a list. */
function fileOf(c: UserContext, points: readonly SyncPoint[]): OpenFile {
  return c.sync(points[0]).file;
}

function arrays(c: UserContext, points: readonly SyncPoint[]) {
  return { handles: points.map((p) => c.sync(p).handle) };
}

function timelines(c: UserContext, points: readonly SyncPoint[]) {
  return { ...arrays(c, points), points: points.map((p) => p.point ?? 0) };
}

/** The number of a descriptor in a table; eventfds get one where they are needed. */
export function descriptor(fd: UserFd, table: FdTable): number {
  if (fd.kind === "fd") return fd.fd;
  let n = fd.fds.get(table);
  if (n === undefined) {
    n = table.install({ kind: "eventfd", eventfd: fd.eventfd });
    fd.fds.set(table, n);
  }
  return n;
}

function* wait(
  c: UserContext,
  name: string,
  args: Args<"syncobj_wait">,
  moreFlags: number,
  timeline: boolean,
): Kernel<number> {
  let timeoutNsec = args.deadline ?? 0;
  if (args.timeout !== undefined && args.timeout > 0) {
    timeoutNsec = (yield* c.env.linux.time.ktimeGet()) + args.timeout;
  }
  c.mark(`wait ${args.sync.map(printPoint).join(",")}`);
  const uapi = {
    ...(timeline ? timelines(c, args.sync) : arrays(c, args.sync)),
    timeoutNsec,
    flags:
      (args.all ? waitAll : 0) |
      (args.for_submit ? waitForSubmit : 0) |
      (args.hint === undefined ? 0 : waitDeadline) |
      moreFlags,
    firstSignaled: 0,
    deadlineNsec: args.hint ?? 0,
  };
  const ret = yield* c.ioctl(fileOf(c, args.sync), name, uapi);
  if (ret >= 0) c.expect("first signalled", args.first, uapi.firstSignaled);
  return ret;
}

function* handleToFd(
  c: UserContext,
  file: OpenFile,
  handle: number,
  syncFile: boolean,
  point: number | null,
): Kernel<number> {
  const flags = syncFile ? exportSyncFile | (point === null ? 0 : timelineFd) : 0;
  const uapi = { handle, flags, fd: -1, point: point ?? 0 };
  const ret = yield* c.ioctl(file, "SYNCOBJ_HANDLE_TO_FD", uapi);
  return ret < 0 ? ret : uapi.fd;
}

function* syncFileStatus(table: FdTable, fd: number): Kernel<{ readonly status: number } | number> {
  const file = table.get(fd);
  if (file === null) return -EBADF;
  if (file.kind !== "sync_file") return -EINVAL;
  return yield* file.syncFile.info(1);
}

/** Exports the fence of a binary sync object, looks at it, closes the sync file. */
function* statusOf(
  c: UserContext,
  file: OpenFile,
  handle: number,
  args: Args<"fence_status">,
): Kernel<number> {
  const fd = yield* handleToFd(c, file, handle, true, null);
  if (fd < 0) return fd;
  const { fds } = file.file!.syncobjs;
  const info = yield* syncFileStatus(fds, fd);
  yield* fds.close(fd);
  if (typeof info === "number") return info;
  c.mark(`fence ${printPoint(args.sync)}: status ${info.status}`);
  c.expect(`status of fence ${printPoint(args.sync)}`, args.status, info.status);
  return 0;
}
