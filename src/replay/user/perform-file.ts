// The render node: open, close, queries, its MMIO mappings.

import { done, type Kernel } from "../../machine/core/op.ts";
import { EBADF, EFAULT } from "../../machine/errno.ts";
import type { fileEvents } from "../../trace/events/file.ts";
import { bits, type Performers, type UserContext } from "./context.ts";
import type { OpenFile } from "./objects.ts";

const queryTypes = {
  gpu_info: 0,
  csif_info: 1,
  timestamp_info: 2,
  group_priorities_info: 3,
  mmu_info: 4,
} as const;

const timestampFlags = {
  gpu: 1,
  cpu_monotonic: 2,
  cpu_monotonic_raw: 4,
  gpu_offset: 1 << 4,
  gpu_cycle_count: 1 << 5,
  freq: 1 << 6,
  duration: 1 << 7,
} as const;

/** Where the user-submission series has doorbell pages; other drivers have none there. */
const doorbellPages = 2 ** 56 + 2 ** 42;

export const performFile: Performers<Exclude<keyof typeof fileEvents, "ioctl">> = {
  *open(c, args) {
    c.mark("open renderD128");
    const file = yield* c.env.kernel.open(!args.unprivileged);
    const failed = typeof file === "number";
    c.objects.file.set(args.file, {
      name: args.file,
      file: failed ? null : file,
      open: !failed,
      mappings: 0,
      flushId: null,
    });
    return failed ? file : 0;
  },

  *close(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    if (!file.open) return -EBADF;
    c.mark("close begin");
    file.open = false;
    yield* releaseIfLast(c, file);
    c.mark("close end");
    return 0;
  },

  *version(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const uapi: { versionMinor?: number } = {};
    const ret = yield* c.ioctl(file, "VERSION", uapi);
    if (ret >= 0) c.expect("minor version", args.minor, uapi.versionMinor);
    return ret;
  },

  dev_query(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const pointer: Record<string, unknown> = {};
    if (args.type === "timestamp_info") pointer.flags = bits(args.timestamp, timestampFlags);
    return c.ioctl(file, "DEV_QUERY", { type: queryTypes[args.type], pointer });
  },

  *fdinfo(c, args) {
    const { file } = c.get("file", c.objects.file, args.file);
    if (file === null) return -EBADF;
    c.lines("fdinfo", yield* c.env.kernel.fdinfo(file), args.has);
    return 0;
  },

  set_client_name(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    return c.ioctl(file, "SET_CLIENT_NAME", { name: args.name });
  },

  gem_flink(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    return c.ioctl(bo.file, "GEM_FLINK", { handle: bo.handle });
  },

  gem_open(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    return c.ioctl(file, "GEM_OPEN", { name: args.name });
  },

  set_user_mmio_offset(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    return c.ioctl(file, "SET_USER_MMIO_OFFSET", { offset: args.offset });
  },

  *flush_id_read(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    if (file.file === null) return -EBADF;
    if (file.flushId === null) {
      const mapping = yield* c.env.kernel.mmapFlushId(file.file);
      if (typeof mapping === "number") return mapping;
      file.flushId = mapping;
      file.mappings++;
    }
    const value = yield* file.flushId.read();
    if (value === null) return -EFAULT;
    c.mark(`flush id ${value}`);
    return 0;
  },

  *doorbell_write(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    if (file.file === null) return -EBADF;
    const request = { length: 4096, shared: true, read: false, write: true, exec: false };
    const mapping = yield* c.env.kernel.mmapIo(file.file, doorbellPages + args.page, request);
    if (typeof mapping === "number") return mapping;
    const stored = yield* mapping.store(args.value);
    mapping.unmap();
    return stored ? 0 : -EFAULT;
  },
};

/** fput(): the driver sees the release when neither the descriptor nor a mapping is left. */
export function releaseIfLast(c: UserContext, file: OpenFile): Kernel<void> {
  if (file.open || file.mappings > 0 || file.file === null) return done();
  return c.env.kernel.release(file.file);
}
