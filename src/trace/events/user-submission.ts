// Submission from user space: rings, user I/O pages and doorbells mapped to the program, cross-group
// sync queues. What only a patch series brings is refused by a driver without it.
// RFC: "drm/panthor: Add user submission", include/uapi/drm/panthor_drm.h.

import * as f from "../field.ts";
import { event } from "../spec.ts";
import { expected, file } from "./common.ts";

const queue = {
  priority: f.orElse(f.int("priority inside the group, 15 highest", 255), 1),
  ring: f.orElse(f.size("size of the ring buffer", 0xffffffff), 4096),
  ringbuf_offset: f.orElse(f.int("what the field for the ring's offset has on input", 255), 0),
};

const op = {
  do: f.orElse(f.word("what to do", ["wait_le", "wait_gt", "set", "add"]), "wait_gt" as const),
  code: f.opt(f.int("the operation's code instead", 255)),
  addr: f.address("GPU address of the sync object"),
  value: f.orElse(f.word64("what to compare with, to set, or to add"), 0n),
  width: f.orElse(f.word("width of the sync object in bits", ["32", "64"]), "64" as const),
  format: f.opt(f.int("the format's code instead", 255)),
  flags: f.orElse(f.int("flags: 1 inherits the error of a wait", 0xffff), 0),
  pad: f.orElse(f.int("padding", 0xffffffff), 0),
};

const group = f.use("group made by user_group_create", "group");
const onQueue = f.orElse(f.int("queue of the group", 31), 0);
const eventfd = {
  eventfd: f.opt(f.use("eventfd to count sync updates with", "fd")),
  eventfd_number: f.opt(f.int("a descriptor by its number instead", 0x7fffffff)),
};
/** Of events that may name something else of it. */
const ownFile = f.opt(f.use("open render node, where nothing else names it", "file"));
const mask = f.orElse(f.word32("queues"), 1);
const pad = f.orElse(f.int("padding", 0xffffffff), 0);

export const raceWindows = [
  "group_create",
  "doorbell_fault",
  "kick_lookup",
  "xgs_lookup",
  "xgs_timeout",
  "xgs_add",
  "xgs_signal",
  "suspend",
  "submit",
  "sync_update",
] as const;

export const userSubmissionEvents = {
  user_group_create: event(
    "Creates a group whose queues the program fills itself, and maps rings, user I/O and doorbell.",
    {
      group: f.bind("name for the group", "group"),
      vm: f.opt(f.use("VM", "vm")),
      vm_id: f.opt(f.int("a VM by its number instead", 0xffffffff)),
      file: ownFile,
      priority: f.orElse(
        f.word("priority of the group", ["low", "medium", "high", "realtime"]),
        "medium" as const,
      ),
      queue: f.many(f.block("a queue", queue)),
      flags: f.orElse(f.word32("flags: 1 is user submission"), 1),
      ...eventfd,
      state_eventfd: f.opt(f.use("eventfd to count changes of the group's state with", "fd")),
      stride: f.opt(f.int("bytes from queue to queue in the array", 0xffff)),
      trailing: f.flag("the queues have more than this kernel knows behind them"),
      readonly: f.flag("the array of queues cannot be written"),
      ...expected,
    },
    { ioctl: "GROUP_CREATE" },
  ),
  user_submit: event(
    "Writes a stream into a ring and moves INSERT; then, unless told otherwise, rings the doorbell, " +
      "reads ACTIVE and kicks the group when it is 0.",
    {
      group,
      queue: onQueue,
      stream: f.use("stream to place in the ring", "stream"),
      how: f.orElse(
        f.word("how far the program goes", ["protocol", "ring", "store", "always_kick"]),
        "protocol" as const,
      ),
      ...expected,
    },
  ),
  user_ring: event("Writes the mapped doorbell page of a group.", { group, ...expected }),
  user_io_store: event("Writes a word of a queue's user I/O pages.", {
    group,
    queue: onQueue,
    field: f.word("which word", ["insert", "extract", "active"]),
    value: f.orElse(f.int("the value", Number.MAX_SAFE_INTEGER), 0),
    ...expected,
  }),
  user_io_read: event("Reads the words of a queue's user I/O pages.", {
    group,
    queue: onQueue,
    insert: f.opt(f.int("expected INSERT", Number.MAX_SAFE_INTEGER)),
    extract: f.opt(f.int("expected EXTRACT", Number.MAX_SAFE_INTEGER)),
    active: f.opt(f.int("expected ACTIVE", 1)),
    ...expected,
  }),
  user_map: event("Maps a ring, a user I/O area or a doorbell page once more, in some way.", {
    what: f.word("which", ["ring", "io", "doorbell"]),
    group: f.opt(group),
    handle: f.opt(f.int("a group by its handle instead, for a doorbell", 0xffff)),
    queue: onQueue,
    file: f.opt(f.use("render node, the group's own if not given", "file")),
    add: f.orElse(f.size("added to the offset"), 0),
    length: f.opt(f.size("how much; the whole of it if not given")),
    private: f.flag("a private mapping"),
    read: f.flag("readable"),
    exec: f.flag("executable"),
    bits32: f.flag("as a process of 32 bits"),
    ...expected,
  }),
  user_doorbell_read: event("Makes the mapped doorbell page readable (mprotect) and reads it.", {
    group,
    value: f.opt(f.int("expected value", 0xffffffff)),
    ...expected,
  }),
  native_poll: event("Looks at a value in a mapped buffer until it is above a bound.", {
    bo: f.use("buffer object", "bo"),
    offset: f.orElse(f.size("where"), 0),
    width: f.orElse(f.word("width of the value in bits", ["32", "64"]), "64" as const),
    above: f.orElse(f.int("the bound", Number.MAX_SAFE_INTEGER), 0),
    for: f.duration("how long at most"),
    every: f.orElse(f.duration("sleep between two looks"), 200_000),
    seen: f.opt(f.word("whether it is expected to come", ["yes", "no"])),
  }),
  bo_wait: event(
    "Waits for the implicit fences of a buffer, as its next reader: poll() on its dma-buf.",
    {
      bo: f.use("buffer object", "bo"),
      write: f.flag("as its next writer"),
      timeout: f.duration("how long at most"),
      ...expected,
    },
  ),
  group_kick: event(
    "Asks that a group be looked at for scheduling.",
    {
      group: f.opt(f.use("group", "group")),
      handle: f.opt(f.int("a group by its handle instead", 0xffffffff)),
      file: ownFile,
      mask,
      ...expected,
    },
    { ioctl: "GROUP_KICK" },
  ),
  xgs_queue_create: event(
    "Creates a cross-group sync queue.",
    {
      xgs: f.bind("name for the queue", "xgs"),
      vm: f.opt(f.use("VM", "vm")),
      vm_id: f.opt(f.int("a VM by its number instead", 0xffffffff)),
      file: ownFile,
      ...eventfd,
      pad,
      ...expected,
    },
    { ioctl: "XGS_QUEUE_CREATE" },
  ),
  xgs_queue_destroy: event(
    "Destroys a cross-group sync queue.",
    {
      xgs: f.opt(f.use("cross-group sync queue", "xgs")),
      handle: f.opt(f.int("a queue by its handle instead", 0xffffffff)),
      file: ownFile,
      pad,
      ...expected,
    },
    { ioctl: "XGS_QUEUE_DESTROY" },
  ),
  xgs_submit: event(
    "Submits a job to a cross-group sync queue: waits and signals on native sync objects, in order.",
    {
      xgs: f.opt(f.use("cross-group sync queue", "xgs")),
      handle: f.opt(f.int("a queue by its handle instead", 0xffffffff)),
      file: ownFile,
      op: f.many(f.block("an operation", op)),
      wait: f.opt(f.points("points to wait for")),
      signal: f.opt(f.points("points to signal")),
      flags: f.orElse(f.word32("1: error barrier before, 2: after"), 0),
      stride: f.opt(f.int("bytes from operation to operation", 0xffff)),
      unreadable: f.flag("the operations cannot be read"),
      ...expected,
    },
    { ioctl: "XGS_QUEUE_SUBMIT" },
  ),
  sync_update: event(
    "Says that native sync objects have been changed from the CPU.",
    { file, pad, ...expected },
    { ioctl: "SYNC_UPDATE" },
  ),
  race_window: event("Holds the driver for a while wherever it passes a place, from now on.", {
    in: f.word("the place", raceWindows),
    for: f.duration("how long; 0 ends it"),
  }),
  process_exit: event("The program that has the render node open exits: mappings, then the node.", {
    file,
  }),
};
