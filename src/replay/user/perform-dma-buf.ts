// Buffers as files: PRIME, dma-buf ioctls, the system dma-heap, other devices.

import type { Kernel } from "../../machine/core/op.ts";
import { exportSyncFile, importSyncFile } from "../../machine/dma-buf/sync-file.ts";
import { EBADF, EFAULT, EINVAL, ETIME } from "../../machine/errno.ts";
import type { CpuMapping } from "../../machine/memory/cpu-mapping.ts";
import type { dmaBufEvents } from "../../trace/events/dma-buf.ts";
import type { Performers, UserContext } from "./context.ts";
import type { UserDmaBuf, UserFd } from "./objects.ts";

export const performDmaBuf: Performers<keyof typeof dmaBufEvents> = {
  *bo_export(c, args) {
    const bo = c.get("bo", c.objects.bo, args.bo);
    const uapi = { handle: bo.handle, flags: args.flags, fd: -1 };
    const ret = yield* c.ioctl(bo.file, "PRIME_HANDLE_TO_FD", uapi);
    bindFd(c, args.fd, ret < 0 ? ret : uapi.fd);
    return ret;
  },

  *bo_import(c, args) {
    const file = c.get("file", c.objects.file, args.file);
    const fd = c.get("fd", c.objects.fd, args.fd);
    const uapi = { fd: fd.kind === "fd" ? fd.fd : -1, handle: 0 };
    const ret = yield* c.ioctl(file, "PRIME_FD_TO_HANDLE", uapi);
    const handle = ret < 0 ? 0 : uapi.handle;
    const size = fd.kind === "fd" ? (fd.shared?.dmabuf.size ?? 0) : 0;
    if (args.same !== undefined && ret >= 0) {
      c.expect("handle", c.get("bo", c.objects.bo, args.same).handle, handle);
    }
    c.objects.bo.set(args.bo, {
      file,
      handle,
      size,
      mmapOffset: null,
      mapping: null,
      streams: new Map(),
      annotated: [],
    });
    return ret;
  },

  *dma_heap_alloc(c, args) {
    const fd = yield* c.env.kernel.dmaHeapAlloc(args.size);
    bindFd(c, args.fd, fd);
    return Math.min(fd, 0);
  },

  *dma_buf_attach(c, args) {
    const shared = dmaBufOf(c, args.fd);
    if (shared === null) return -EBADF;
    const { dmabuf } = shared;
    const attach = yield* dmabuf.attach("display");
    if (typeof attach === "number") return attach;
    const sgt = yield* dmabuf.mapAttachment(attach);
    if (typeof sgt === "number") {
      yield* dmabuf.detach(attach);
      return sgt;
    }
    dmabuf.get();
    shared.attached.push({ attach, sgt });
    return 0;
  },

  *dma_buf_detach(c, args) {
    const shared = dmaBufOf(c, args.fd);
    if (shared !== null) yield* detachLast(shared);
    return 0;
  },

  *dma_buf_sync(c, args) {
    const dmabuf = openDmaBuf(c, args.fd);
    if (typeof dmabuf === "number") return dmabuf;
    const what = `dma-buf ${args.fd} ${args.access}`;
    c.mark(`${what} ${args.end ? "end" : "begin"}`);
    const ret = yield* args.end
      ? dmabuf.endCpuAccess(args.access)
      : dmabuf.beginCpuAccess(args.access);
    if (!args.end) c.mark(`${what} may begin`);
    return ret;
  },

  *dma_buf_poll(c, args) {
    const dmabuf = openDmaBuf(c, args.fd);
    if (typeof dmabuf === "number") return dmabuf;
    const jiffies = c.env.linux.time.nsecsToJiffies(args.timeout);
    const ret = yield* dmabuf.poll.wait(args.write, jiffies);
    return ret === 0 ? -ETIME : Math.min(ret, 0);
  },

  *dma_buf_export_sync_file(c, args) {
    const { fds } = c.env.kernel;
    const dmabuf = openDmaBuf(c, args.fd);
    const fd =
      typeof dmabuf === "number" ? dmabuf : yield* exportSyncFile(dmabuf, args.access, fds);
    bindFd(c, args.sync_file, fd);
    return Math.min(fd, 0);
  },

  *dma_buf_import_sync_file(c, args) {
    const dmabuf = openDmaBuf(c, args.fd);
    if (typeof dmabuf === "number") return dmabuf;
    const file = c.get("fd", c.objects.fd, args.sync_file);
    const fd = file.kind === "fd" ? file.fd : -1;
    return yield* importSyncFile(dmabuf, args.access, c.env.kernel.fds, fd);
  },

  *dma_buf_write(c, args) {
    const memory = yield* access(c, args.fd);
    if (typeof memory === "number") return memory;
    if (args.offset + 8 > memory.size) return -EFAULT;
    memory.write64(args.offset, args.value);
    return 0;
  },

  *dma_buf_read(c, args) {
    const memory = yield* access(c, args.fd);
    if (typeof memory === "number") return memory;
    if (args.offset + 8 > memory.size) return -EFAULT;
    c.expect(`value at ${args.offset}`, args.value, memory.read64(args.offset));
    return 0;
  },

  *dma_buf_munmap(c, args) {
    const shared = dmaBufOf(c, args.fd);
    if (shared !== null) yield* unmap(shared);
    return 0;
  },
};

/** Binds a name to a descriptor of the programs' table, or to one that is not open. */
function bindFd(c: UserContext, name: string, fd: number): void {
  const table = c.env.kernel.fds;
  const file = table.get(fd);
  const shared =
    file?.kind === "dma_buf" ? { dmabuf: file.dmabuf, mapping: null, attached: [] } : undefined;
  c.objects.fd.set(name, { kind: "fd", table, fd: Math.max(fd, -1), shared });
}

const dmaBufOf = (c: UserContext, name: string): UserDmaBuf | null => {
  const fd: UserFd = c.get("fd", c.objects.fd, name);
  return fd.kind === "fd" ? (fd.shared ?? null) : null;
};

/** The dma-buf behind an open descriptor. */
function openDmaBuf(c: UserContext, name: string): UserDmaBuf["dmabuf"] | number {
  const fd: UserFd = c.get("fd", c.objects.fd, name);
  const file = fd.kind === "fd" ? fd.table.get(fd.fd) : null;
  if (file === null) return -EBADF;
  return file.kind === "dma_buf" ? file.dmabuf : -EINVAL;
}

/** The program's view of the memory. */
function* access(c: UserContext, name: string): Kernel<CpuMapping | number> {
  const shared = dmaBufOf(c, name);
  if (shared === null) return -EBADF;
  if (shared.mapping === null) {
    const dmabuf = openDmaBuf(c, name);
    if (typeof dmabuf === "number") return dmabuf;
    const mapping = yield* dmabuf.mmap(dmabuf.size);
    if (typeof mapping === "number") return mapping;
    shared.mapping = mapping;
  }
  return yield* shared.mapping.access();
}

function* unmap(shared: UserDmaBuf): Kernel<void> {
  const { mapping } = shared;
  shared.mapping = null;
  if (mapping !== null) yield* mapping.unmap();
}

function* detachLast({ attached, dmabuf }: UserDmaBuf): Kernel<void> {
  const last = attached.pop();
  if (last === undefined) return;
  yield* dmabuf.unmapAttachment(last.attach, last.sgt);
  yield* dmabuf.detach(last.attach);
  yield* dmabuf.put();
}

/** Nobody uses the buffer any more: the program exits. */
export function* letGo(shared: UserDmaBuf): Kernel<void> {
  yield* unmap(shared);
  while (shared.attached.length > 0) yield* detachLast(shared);
}
