// Programs that fill their own rings: groups in user-submit mode, rings, user I/O pages, doorbells.

import { done, type Kernel } from "../../machine/core/op.ts";
import { EBADF, EFAULT, EINVAL, EOVERFLOW } from "../../machine/errno.ts";
import type { userSubmissionEvents } from "../../trace/events/user-submission.ts";
import type { Performers, UserContext } from "./context.ts";
import type { OpenFile } from "./objects.ts";
import { access } from "./perform-memory.ts";
import {
  eventfdNumber,
  fileOf,
  ioBytes,
  mapQueues,
  mapTarget,
  queueOf,
  ring,
  ringsOf,
  writeStream,
} from "./user-rings.ts";

const priorities = { low: 0, medium: 1, high: 2, realtime: 3 } as const;
const outputPage = 4096;
const words = { insert: 0, extract: outputPage, active: outputPage + 8 } as const;
/** Largest file offset of mmap2() with 32-bit page offsets. */
const offsetMax32 = 2 ** 44;

type Names =
  | "user_group_create"
  | "user_submit"
  | "user_ring"
  | "user_io_store"
  | "user_io_read"
  | "user_map"
  | "user_doorbell_read"
  | "native_poll"
  | "bo_wait"
  | "group_kick"
  | "race_window"
  | "process_exit";

export const performUserSubmission: Performers<Names & keyof typeof userSubmissionEvents> = {
  *user_group_create(c, args) {
    const vm = args.vm === undefined ? null : c.get("vm", c.objects.vm, args.vm);
    const file = vm?.file ?? fileOf(c, args.file);
    const { shader, tiler } = c.env.device.cores;
    const elements = args.queue.map((q) => ({
      priority: q.priority,
      ringbufSize: q.ring,
      ringbufOffset: q.ringbuf_offset,
      userIoOffset: 0,
      doorbellOffset: 0,
      trailing: args.trailing ? 1 : 0,
    }));
    const uapi = {
      queues:
        args.stride === undefined
          ? elements
          : { stride: args.stride, count: elements.length, array: elements },
      maxComputeCores: bits(shader),
      maxFragmentCores: bits(shader),
      maxTilerCores: bits(tiler),
      priority: priorities[args.priority],
      pad: args.flags,
      computeCoreMask: shader,
      fragmentCoreMask: shader,
      tilerCoreMask: tiler,
      vmId: args.vm_id ?? vm?.id ?? 0,
      groupHandle: 0,
      eventfdSyncUpdate: eventfdNumber(c, file, args),
      eventfdGroupState:
        args.state_eventfd === undefined
          ? -1
          : eventfdNumber(c, file, { eventfd: args.state_eventfd, eventfd_number: undefined }),
      readOnlyQueues: args.readonly,
    };
    const ret = yield* c.ioctl(file, "GROUP_CREATE", uapi);
    const map = vm?.map;
    if (map !== undefined) {
      const handle = ret < 0 ? 0 : uapi.groupHandle;
      c.objects.group.set(args.group, { file, vm: vm!, handle });
      // A driver that copies the queues out does so even if the call then fails.
      if (ret >= 0 && elements[0].ringbufOffset !== 0) {
        yield* mapQueues(c, args.group, elements);
      }
    }
    return ret;
  },

  *user_submit(c, args) {
    const rings = ringsOf(c, args.group);
    if (rings === null) return -EFAULT;
    const queue = queueOf(c, rings, args.queue);
    const io = yield* queue.io.access();
    if (typeof io === "number") return io;
    const ret = yield* writeStream(c, queue, args.stream);
    if (ret !== 0) return ret;
    const ext = io.read64Number(words.extract);
    const act = io.read32(words.active);
    const { handle } = rings.group;
    c.mark(
      `user store INS group=${handle} queue=${args.queue} ins=${queue.insert} ext=${ext} act=${act}`,
    );
    io.write64Number(words.insert, queue.insert);
    if (args.how === "store") return 0;
    const rung = yield* ring(c, rings);
    if (rung !== 0 || args.how === "ring") return rung;
    const active = io.read32(words.active);
    const kick = active === 0 || args.how === "always_kick";
    const then = active === 0 ? " -> kick" : "";
    c.mark(`user load ACT group=${handle} queue=${args.queue} act=${active}${then}`);
    if (!kick) return 0;
    return yield* groupKick(c, rings.group.file, handle, 1 << args.queue);
  },

  *user_ring(c, args) {
    const rings = ringsOf(c, args.group);
    return rings === null ? -EFAULT : yield* ring(c, rings);
  },

  *user_io_store(c, args) {
    const rings = ringsOf(c, args.group);
    if (rings === null) return -EFAULT;
    const { io: mapping } = queueOf(c, rings, args.queue);
    const io = yield* mapping.access();
    if (typeof io === "number") return io;
    if (words[args.field] >= (mapping.writable ?? ioBytes)) return -EFAULT;
    if (args.field === "active") io.write32(words.active, args.value);
    else io.write64Number(words[args.field], args.value);
    return 0;
  },

  *user_io_read(c, args) {
    const rings = ringsOf(c, args.group);
    if (rings === null) return -EFAULT;
    const io = yield* queueOf(c, rings, args.queue).io.access();
    if (typeof io === "number") return io;
    const insert = io.read64Number(words.insert);
    const extract = io.read64Number(words.extract);
    const active = io.read32(words.active);
    c.mark(`ins=${insert} ext=${extract} act=${active}`);
    c.expect("INSERT", args.insert, insert);
    c.expect("EXTRACT", args.extract, extract);
    c.expect("ACTIVE", args.active, active);
    return 0;
  },

  *user_map(c, args) {
    if (args.group !== undefined && ringsOf(c, args.group) === null) return -EINVAL;
    const { file, offset, size } = mapTarget(c, args);
    if (file.file === null) return -EBADF;
    if (args.bits32 && offset + args.add >= offsetMax32) return -EOVERFLOW;
    const length = args.length ?? size;
    if (args.what !== "doorbell") {
      const mapping = yield* c.env.kernel.mmap(file.file, offset + args.add, length);
      if (typeof mapping === "number") return mapping;
      yield* mapping.unmap();
      return 0;
    }
    const { read, exec } = args;
    const request = { length, shared: !args.private, read, write: true, exec };
    const mapping = yield* c.env.kernel.mmapIo(file.file, offset + args.add, request);
    if (typeof mapping === "number") return mapping;
    mapping.unmap();
    return 0;
  },

  *user_doorbell_read(c, args) {
    const doorbell = ringsOf(c, args.group)?.doorbell ?? null;
    const value = doorbell === null ? null : yield* doorbell.load();
    if (value === null) return -EFAULT;
    c.expect("value of the doorbell page", args.value, value);
    return 0;
  },

  *native_poll(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    const memory = yield* access(c, bo);
    if (typeof memory === "number") return memory;
    let value = 0;
    for (let waited = 0; ; waited += args.every) {
      value = args.width === "64" ? memory.read64Number(args.offset) : memory.read32(args.offset);
      if (value > args.above || waited >= args.for) break;
      yield* c.env.linux.time.nanosleep(args.every);
    }
    const seen = value > args.above;
    c.mark(`user poll: ${args.bo}+${args.offset} ${seen ? "" : "still "}${value}`);
    if (args.seen !== undefined) c.expect("the value comes", args.seen, seen ? "yes" : "no");
    return 0;
  },

  *bo_wait(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    if (bo.file.file === null) return -EBADF;
    return yield* c.env.kernel.waitBo(bo.file.file, bo.handle, args.write, args.timeout);
  },

  group_kick(c, args) {
    const group = args.group === undefined ? null : c.get("group", c.objects.group, args.group);
    const file = group?.file ?? fileOf(c, args.file);
    return groupKick(c, file, args.handle ?? group?.handle ?? 0, args.mask);
  },

  race_window(c, args) {
    c.env.kernel.raceWindow(args.in, args.for);
    return done(0);
  },

  *process_exit(c, args) {
    const file = fileOf(c, args.file);
    if (file.file === null || !file.open) return -EBADF;
    c.mark("process exits");
    for (const rings of c.objects.rings.values()) {
      if (rings.group.file !== file) continue;
      rings.doorbell?.unmap();
      for (const { ring: r, io } of rings.queues) {
        yield* r.unmap();
        yield* io.unmap();
      }
    }
    for (const bo of c.objects.bo.values()) {
      if (bo.file !== file || bo.mapping === null) continue;
      yield* bo.mapping.unmap();
      bo.mapping = null;
    }
    file.open = false;
    file.mappings = 0;
    yield* c.env.kernel.release(file.file);
    return 0;
  },
};

const bits = (mask: bigint): number => mask.toString(2).replaceAll("0", "").length;

function groupKick(
  c: UserContext,
  file: OpenFile,
  handle: number,
  queueMask: number,
): Kernel<number> {
  c.mark(`kick group=${handle} mask=0x${queueMask.toString(16)}`);
  return c.ioctl(file, "GROUP_KICK", { handle, queueMask });
}
