// Sync objects, sync files and eventfds.
// Kernel: include/uapi/drm/drm.h, drivers/gpu/drm/drm_syncobj.c, drivers/dma-buf/sync_file.c.

import * as f from "../field.ts";
import { event, type FailEvent } from "../spec.ts";
import { expected, file } from "./common.ts";

const waiting = {
  all: f.flag("wait for all of them, not for the first"),
  for_submit: f.flag("wait for a fence to be there first"),
  timeout: f.opt(f.duration("relative timeout: the program reads the clock before the call")),
  deadline: f.opt(f.duration("absolute timeout; 0 (the default) only polls")),
  hint: f.opt(f.duration("deadline hint for the fences")),
  first: f.opt(f.int("expected index of the first that signalled", 0xffffffff)),
};

function oneTimeout(
  args: { readonly timeout: number | undefined; readonly deadline: number | undefined },
  fail: FailEvent,
): void {
  if (args.timeout !== undefined && args.deadline !== undefined) {
    fail("ConflictingFields", "timeout and deadline exclude each other");
  }
}

const sync = f.use("sync object", "sync");

export const syncobjEvents = {
  syncobj_create: event(
    "Creates a sync object.",
    {
      sync: f.bind("name for the sync object", "sync"),
      file,
      signaled: f.flag("with a signalled fence in it"),
      ...expected,
    },
    { ioctl: "SYNCOBJ_CREATE" },
  ),
  syncobj_destroy: event(
    "Destroys the handle of a sync object.",
    { sync, ...expected },
    { ioctl: "SYNCOBJ_DESTROY", releases: { field: "sync", kind: "sync" } },
  ),
  syncobj_wait: event(
    "Waits for the fences of sync objects.",
    { sync: f.points("sync objects"), ...waiting, ...expected },
    { ioctl: "SYNCOBJ_WAIT", check: oneTimeout },
  ),
  syncobj_timeline_wait: event(
    "Waits for points of timelines.",
    {
      sync: f.points("points"),
      ...waiting,
      available: f.flag("wait only until the fence is there"),
      ...expected,
    },
    { ioctl: "SYNCOBJ_TIMELINE_WAIT", check: oneTimeout },
  ),
  syncobj_signal: event(
    "Signals sync objects.",
    { sync: f.points("sync objects"), ...expected },
    { ioctl: "SYNCOBJ_SIGNAL" },
  ),
  syncobj_reset: event(
    "Takes the fences out of sync objects.",
    { sync: f.points("sync objects"), ...expected },
    { ioctl: "SYNCOBJ_RESET" },
  ),
  syncobj_timeline_signal: event(
    "Signals points of timelines.",
    { sync: f.points("points"), ...expected },
    { ioctl: "SYNCOBJ_TIMELINE_SIGNAL" },
  ),
  syncobj_transfer: event(
    "Copies a fence from one sync object or point to another.",
    {
      from: f.point("where the fence is"),
      to: f.point("where it goes"),
      for_submit: f.flag("wait for a fence to be there first"),
      ...expected,
    },
    { ioctl: "SYNCOBJ_TRANSFER" },
  ),
  syncobj_query: event(
    "Reads the last signalled (or submitted) point of timelines.",
    {
      sync: f.points("sync objects"),
      last_submitted: f.flag("the last submitted point instead"),
      values: f.opt(f.ints("expected points")),
      ...expected,
    },
    { ioctl: "SYNCOBJ_QUERY" },
  ),
  syncobj_eventfd: event(
    "Signals an eventfd when a point is signalled.",
    {
      sync: f.point("point"),
      fd: f.use("eventfd", "fd"),
      available: f.flag("already when the fence is there"),
      ...expected,
    },
    { ioctl: "SYNCOBJ_EVENTFD" },
  ),
  syncobj_handle_to_fd: event(
    "Exports a sync object, or with sync_file the fence in it.",
    {
      sync: f.point("sync object"),
      fd: f.bind("name for the file descriptor", "fd"),
      sync_file: f.flag("export the fence as a sync file"),
      ...expected,
    },
    { ioctl: "SYNCOBJ_HANDLE_TO_FD" },
  ),
  syncobj_fd_to_handle: event(
    "Imports a sync object.",
    {
      fd: f.use("file descriptor of a sync object", "fd"),
      sync: f.bind("name for the imported sync object", "sync"),
      file,
      ...expected,
    },
    { ioctl: "SYNCOBJ_FD_TO_HANDLE" },
  ),
  syncobj_import_sync_file: event(
    "Puts the fence of a sync file into a sync object.",
    {
      fd: f.use("sync file", "fd"),
      sync: f.point("where the fence goes"),
      ...expected,
    },
    { ioctl: "SYNCOBJ_FD_TO_HANDLE" },
  ),
  sync_file_info: event("Reads the status of a sync file's fence.", {
    fd: f.use("sync file", "fd"),
    status: f.opt(f.status("expected status")),
    ...expected,
  }),
  fence_status: event(
    "Reads the status of a point's fence through a sync file, leaving no handle behind.",
    {
      sync: f.point("point"),
      status: f.opt(f.status("expected status")),
      ...expected,
    },
  ),
  eventfd: event("Creates an eventfd.", {
    fd: f.bind("name for the eventfd", "fd"),
    count: f.orElse(f.int("initial count", 0xffffffff), 0),
  }),
  eventfd_read: event("Reads an eventfd, waiting until its count is not 0.", {
    fd: f.use("eventfd", "fd"),
    nonblock: f.flag("do not wait"),
    value: f.opt(f.int("expected count", Number.MAX_SAFE_INTEGER)),
    ...expected,
  }),
  close_fd: event(
    "Closes a file descriptor.",
    { fd: f.use("file descriptor", "fd") },
    { releases: { field: "fd", kind: "fd" } },
  ),
};
