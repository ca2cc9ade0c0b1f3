// Rings, user I/O pages and doorbells that a program has mapped: finding them, mapping them, writing
// streams into them.

import type { Kernel } from "../../machine/core/op.ts";
import { EFAULT } from "../../machine/errno.ts";
import { defaultFile } from "../../trace/events/common.ts";
import type { Args } from "../../trace/events/index.ts";
import type { UserContext } from "./context.ts";
import { encodeInstruction } from "./encode.ts";
import { TraceRunError } from "./env.ts";
import type { OpenFile, UserQueue, UserRings } from "./objects.ts";
import { descriptor } from "./perform-syncobj.ts";

/** The input page, then the output page. */
export const ioBytes = 8192;
const pageBytes = 4096;
const doorbellRequest = {
  length: pageBytes,
  shared: true,
  read: false,
  write: true,
  exec: false,
} as const;

/** The render node of a name, or the one that has the usual name. */
export const fileOf = (c: UserContext, name: string = defaultFile): OpenFile =>
  c.get("file", c.objects.file, name);

/** The descriptor's number in the table of a file; -1 for none. */
export function eventfdNumber(
  c: UserContext,
  file: OpenFile,
  args: { readonly eventfd: string | undefined; readonly eventfd_number: number | undefined },
): number {
  if (args.eventfd_number !== undefined) return args.eventfd_number;
  const fds = file.file?.syncobjs.fds;
  if (args.eventfd === undefined || fds === undefined) return -1;
  return descriptor(c.get("fd", c.objects.fd, args.eventfd), fds);
}

/** Null where the driver gave nothing to map: every access is then a fault. */
export function ringsOf(c: UserContext, name: string): UserRings | null {
  const rings = c.objects.rings.get(name);
  if (rings !== undefined) return rings;
  c.get("group", c.objects.group, name);
  return null;
}

export function queueOf(c: UserContext, rings: UserRings, index: number): UserQueue {
  if (index < rings.queues.length) return rings.queues[index];
  throw new TraceRunError(c.line, `the group has ${rings.queues.length} queues`);
}

interface Offsets {
  readonly ringbufSize: number;
  readonly ringbufOffset: number;
  readonly userIoOffset: number;
  readonly doorbellOffset: number;
}

/** mmap() of what GROUP_CREATE returned offsets for. */
export function* mapQueues(
  c: UserContext,
  name: string,
  offsets: readonly Offsets[],
): Kernel<void> {
  const group = c.get("group", c.objects.group, name);
  const { kernel } = c.env;
  const file = group.file.file!;
  const queues: UserQueue[] = [];
  const doorbellOffset = offsets[0].doorbellOffset;
  let doorbell = null;
  for (const { ringbufSize: size, ringbufOffset, userIoOffset } of offsets) {
    const r = yield* kernel.mmap(file, ringbufOffset, size);
    const io = yield* kernel.mmap(file, userIoOffset, ioBytes);
    if (typeof r === "number" || typeof io === "number") {
      c.unmet("mapping of a queue", "success", r);
      continue;
    }
    const where = { ringOffset: ringbufOffset, ioOffset: userIoOffset };
    queues.push({ ring: r, io, size, ...where, insert: 0 });
    group.file.mappings += 2;
  }
  if (doorbellOffset !== 0) {
    const page = yield* kernel.mmapIo(file, doorbellOffset, doorbellRequest);
    if (typeof page === "number") c.unmet("mapping of the doorbell", "success", page);
    else doorbell = page;
  }
  c.objects.rings.set(name, { group, doorbellOffset, doorbell, queues });
}

/** The words of a stream into a ring, around its end. */
export function* writeStream(c: UserContext, queue: UserQueue, name: string): Kernel<number> {
  const memory = yield* queue.ring.access();
  if (typeof memory === "number") return memory;
  const stream = c.run.streams.get(name)!;
  const resolve = (address: { heap: string; part: string }): number => {
    const heap = c.get("heap", c.objects.heap, address.heap);
    return address.part === "context" ? heap.context : heap.firstChunk;
  };
  for (const instruction of stream.code) {
    for (const { word, annotation } of encodeInstruction(instruction, resolve)) {
      const at = queue.insert % queue.size;
      memory.write64(at, word);
      c.env.device.annotate(memory.phys(at), annotation);
      queue.insert += 8;
    }
  }
  return 0;
}

export function* ring(c: UserContext, rings: UserRings): Kernel<number> {
  c.mark(`user store doorbell group=${rings.group.handle}`);
  const stored = rings.doorbell === null ? false : yield* rings.doorbell.store(1);
  return stored ? 0 : -EFAULT;
}

export function mapTarget(
  c: UserContext,
  args: Args<"user_map">,
): { file: OpenFile; offset: number; size: number } {
  const rings = args.group === undefined ? null : ringsOf(c, args.group);
  const own = rings?.group.file;
  const file = args.file === undefined ? own : fileOf(c, args.file);
  if (file === undefined) throw new TraceRunError(c.line, "user_map without group and file");
  if (args.what === "doorbell") {
    // Another handle than the group's: at its distance.
    const away = args.handle === undefined ? 0 : args.handle - (rings?.group.handle ?? 1);
    const first = rings?.doorbellOffset ?? 2 ** 56 + 2 ** 42;
    return { file, offset: first + away * 2 ** 16, size: pageBytes };
  }
  if (rings === null) throw new TraceRunError(c.line, `${args.what} of which group?`);
  const queue = queueOf(c, rings, args.queue);
  if (args.what === "ring") return { file, offset: queue.ringOffset, size: queue.size };
  return { file, offset: queue.ioOffset, size: ioBytes };
}
