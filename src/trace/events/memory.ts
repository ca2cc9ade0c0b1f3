// VMs, buffer objects and tiler heaps.
// Kernel: include/uapi/drm/panthor_drm.h, drivers/gpu/drm/panthor/panthor_drv.c.

import * as f from "../field.ts";
import { event } from "../spec.ts";
import { expected, file } from "./common.ts";

const bindOp = {
  op: f.word("what the operation does", ["map", "unmap", "sync_only"]),
  bo: f.opt(f.use("buffer object to map", "bo")),
  offset: f.orElse(f.size("offset into the buffer object"), 0),
  va: f.orElse(f.address("GPU virtual address"), 0),
  size: f.orElse(f.size("size of the range"), 0),
  flags: f.opt(f.flags("mapping flags", ["readonly", "noexec", "uncached", "sparse"])),
  repeat: f.opt(f.size("map this much again and again, for a driver that has MAP_REPEAT")),
  wait: f.opt(f.points("points to wait for before the operation")),
  signal: f.opt(f.points("points that the operation signals")),
};

const boSync = {
  bo: f.use("buffer object", "bo"),
  type: f.word("cache operation", ["flush", "flush_and_invalidate"]),
  offset: f.orElse(f.size("start of the range"), 0),
  size: f.size("size of the range"),
};

export const memoryEvents = {
  vm_create: event(
    "Creates a VM.",
    {
      vm: f.bind("name for the VM", "vm"),
      file,
      user_va_range: f.orElse(f.address("size of the user range; 0 lets the driver choose"), 0),
      ...expected,
    },
    { ioctl: "VM_CREATE" },
  ),
  vm_destroy: event(
    "Destroys a VM.",
    { vm: f.use("VM", "vm"), ...expected },
    { ioctl: "VM_DESTROY", releases: { field: "vm", kind: "vm" } },
  ),
  vm_bind: event(
    "Maps and unmaps, at once or queued behind the VM's other asynchronous operations.",
    {
      vm: f.use("VM", "vm"),
      async: f.flag("queue the operations instead of performing them now"),
      bind: f.many(f.block("an operation", bindOp)),
      ...expected,
    },
    {
      ioctl: "VM_BIND",
      inline: "bind",
    },
  ),
  vm_get_state: event(
    "Reads whether a VM is still usable.",
    {
      vm: f.use("VM", "vm"),
      state: f.opt(f.word("expected state", ["usable", "unusable"])),
      ...expected,
    },
    { ioctl: "VM_GET_STATE" },
  ),
  bo_create: event(
    "Creates a buffer object.",
    {
      bo: f.bind("name for the buffer object", "bo"),
      size: f.size("size"),
      file,
      flags: f.opt(f.flags("creation flags", ["no_mmap", "wb_mmap"])),
      vm: f.opt(f.use("the only VM it will be mapped in", "vm")),
      ...expected,
    },
    { ioctl: "BO_CREATE" },
  ),
  bo_mmap_offset: event(
    "Gets the file offset to map a buffer object at.",
    { bo: f.use("buffer object", "bo"), ...expected },
    { ioctl: "BO_MMAP_OFFSET" },
  ),
  bo_set_label: event(
    "Labels a buffer object.",
    { bo: f.use("buffer object", "bo"), label: f.text("label", 4096), ...expected },
    { ioctl: "BO_SET_LABEL" },
  ),
  bo_sync: event(
    "Synchronises CPU caches with a buffer object's memory.",
    { sync: f.many(f.block("a range", boSync)), ...expected },
    { ioctl: "BO_SYNC", inline: "sync" },
  ),
  bo_query_info: event(
    "Queries the flags of a buffer object.",
    {
      bo: f.use("buffer object", "bo"),
      create_flags: f.opt(f.word32("expected creation flags")),
      extra_flags: f.opt(f.word32("expected extra flags")),
      ...expected,
    },
    { ioctl: "BO_QUERY_INFO" },
  ),
  gem_close: event(
    "Closes the handle of a buffer object.",
    { bo: f.use("buffer object", "bo"), ...expected },
    { ioctl: "GEM_CLOSE", releases: { field: "bo", kind: "bo" } },
  ),
  bo_write: event(
    "Writes to a mapped buffer object: an assembled stream, or one value.",
    {
      bo: f.use("buffer object", "bo"),
      offset: f.orElse(f.size("where"), 0),
      stream: f.opt(f.use("stream to place there", "stream")),
      value: f.opt(f.word64("value to write")),
      width: f.orElse(f.word("width of the value in bits", ["32", "64"]), "64"),
      ...expected,
    },
    {
      check: (args, fail) => {
        if ((args.stream === undefined) === (args.value === undefined)) {
          fail("ConflictingFields", "bo_write needs a stream or a value, and not both");
        }
      },
    },
  ),
  bo_read: event("Reads a value from a mapped buffer object.", {
    bo: f.use("buffer object", "bo"),
    offset: f.orElse(f.size("where"), 0),
    width: f.orElse(f.word("width of the value in bits", ["32", "64"]), "64"),
    value: f.opt(f.word64("expected value")),
    ...expected,
  }),
  munmap: event(
    "Unmaps a buffer object from the program. A mapping keeps the render node open after close.",
    { bo: f.use("buffer object", "bo") },
  ),
  tiler_heap_create: event(
    "Creates a tiler heap. Streams name its context as `HEAP.context`.",
    {
      heap: f.bind("name for the heap", "heap"),
      vm: f.use("VM", "vm"),
      chunk_size: f.orElse(f.size("size of a chunk", 0xffffffff), 2 * 1024 * 1024),
      initial_chunks: f.orElse(f.int("chunks to start with", 0xffffffff), 5),
      max_chunks: f.orElse(f.int("most chunks", 0xffffffff), 64),
      target_in_flight: f.orElse(f.int("most render passes in flight", 0xffffffff), 65535),
      ...expected,
    },
    { ioctl: "TILER_HEAP_CREATE" },
  ),
  tiler_heap_destroy: event(
    "Destroys a tiler heap.",
    { heap: f.use("heap", "heap"), ...expected },
    { ioctl: "TILER_HEAP_DESTROY", releases: { field: "heap", kind: "heap" } },
  ),
};
