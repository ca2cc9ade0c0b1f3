// Scheduling groups and job submission.
// Kernel: include/uapi/drm/panthor_drm.h, drivers/gpu/drm/panthor/panthor_drv.c.

import * as f from "../field.ts";
import { event } from "../spec.ts";
import { expected } from "./common.ts";

const queue = {
  priority: f.orElse(f.int("priority inside the group, 15 highest", 255), 1),
  ring: f.orElse(f.size("size of the ring buffer", 0xffffffff), 4096),
};

const job = {
  queue: f.orElse(f.int("queue of the group", 0xffffffff), 0),
  stream: f.opt(f.use("stream to run; it must have been written to a mapped buffer", "stream")),
  addr: f.opt(f.address("address of a stream")),
  size: f.opt(f.size("size of the stream at addr", 0xffffffff)),
  latest_flush: f.orElse(f.word32("flush id read when the stream was built"), 0),
  wait: f.opt(f.points("points to wait for")),
  signal: f.opt(f.points("points to signal")),
};

export const groupEvents = {
  group_create: event(
    "Creates a group of queues in a VM. Core masks not given are all cores of the device.",
    {
      group: f.bind("name for the group", "group"),
      vm: f.use("VM", "vm"),
      priority: f.orElse(
        f.word("priority of the group", ["low", "medium", "high", "realtime"]),
        "medium" as const,
      ),
      queue: f.many(f.block("a queue", queue)),
      compute_mask: f.opt(f.word64("cores for compute")),
      fragment_mask: f.opt(f.word64("cores for fragment work")),
      tiler_mask: f.opt(f.word64("tiler units")),
      max_compute: f.opt(f.int("most compute cores; all in the mask without it", 255)),
      max_fragment: f.opt(f.int("most fragment cores", 255)),
      max_tiler: f.opt(f.int("most tiler units", 255)),
      ...expected,
    },
    { ioctl: "GROUP_CREATE" },
  ),
  group_destroy: event(
    "Destroys a group.",
    { group: f.use("group", "group"), ...expected },
    { ioctl: "GROUP_DESTROY", releases: { field: "group", kind: "group" } },
  ),
  group_submit: event(
    "Submits one job or several. A job without stream and addr is an empty one.",
    {
      group: f.use("group", "group"),
      job: f.many(f.block("a job", job)),
      ...expected,
    },
    {
      ioctl: "GROUP_SUBMIT",
      inline: "job",
      check: (args, fail) => {
        for (const j of args.job) {
          if (j.stream !== undefined && (j.addr !== undefined || j.size !== undefined)) {
            fail("ConflictingFields", "a job has a stream, or addr and size, not both");
          }
        }
      },
    },
  ),
  group_get_state: event(
    "Reads the state of a group.",
    {
      group: f.use("group", "group"),
      state: f.opt(f.flags("expected state", ["none", "timedout", "fatal_fault", "innocent"])),
      fatal_queues: f.opt(f.word32("expected mask of queues with fatal faults")),
      ...expected,
    },
    { ioctl: "GROUP_GET_STATE" },
  ),
};
