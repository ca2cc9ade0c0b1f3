// Buffers as files: PRIME, dma-buf ioctls, the system dma-heap, other devices.
// Kernel: include/uapi/drm/drm.h, include/uapi/linux/dma-buf.h, include/uapi/linux/dma-heap.h.

import * as f from "../field.ts";
import { event } from "../spec.ts";
import { expected, file } from "./common.ts";

const fd = f.use("dma-buf", "fd");
const access = f.word("what the program or device does with the memory", ["read", "write", "both"]);

export const dmaBufEvents = {
  bo_export: event(
    "Exports a buffer object as a dma-buf.",
    {
      bo: f.use("buffer object", "bo"),
      fd: f.bind("name for the dma-buf", "fd"),
      flags: f.orElse(f.word32("flags of the descriptor: O_RDWR 2, O_CLOEXEC 0x80000"), 0x80002),
      ...expected,
    },
    { ioctl: "PRIME_HANDLE_TO_FD" },
  ),
  bo_import: event(
    "Imports a dma-buf; one that the file knows gets its handle again.",
    {
      fd,
      bo: f.bind("name for the buffer object", "bo"),
      file,
      same: f.opt(f.use("buffer object whose handle is expected", "bo")),
      ...expected,
    },
    { ioctl: "PRIME_FD_TO_HANDLE" },
  ),
  dma_heap_alloc: event("Allocates a dma-buf of no device, from the system heap.", {
    fd: f.bind("name for the dma-buf", "fd"),
    size: f.size("size"),
    ...expected,
  }),
  dma_buf_attach: event("Another device, a display or a codec, maps a dma-buf.", {
    fd,
    ...expected,
  }),
  dma_buf_detach: event("The device that mapped a dma-buf last lets go of it.", { fd }),
  dma_buf_sync: event("Begins or ends an access of the CPU: DMA_BUF_IOCTL_SYNC.", {
    fd,
    access,
    end: f.flag("ends the access"),
    ...expected,
  }),
  dma_buf_poll: event("Waits for the fences that a reader, or a writer, has to wait for.", {
    fd,
    write: f.flag("as a writer"),
    timeout: f.duration("for how long at most"),
    ...expected,
  }),
  dma_buf_export_sync_file: event("Gets the fences of a dma-buf as a sync file.", {
    fd,
    access,
    sync_file: f.bind("name for the sync file", "fd"),
    ...expected,
  }),
  dma_buf_import_sync_file: event("Puts the fences of a sync file into a dma-buf.", {
    fd,
    access,
    sync_file: f.use("sync file", "fd"),
    ...expected,
  }),
  dma_buf_write: event("Writes 64 bits to a dma-buf, mapped at the first access.", {
    fd,
    offset: f.orElse(f.size("where"), 0),
    value: f.word64("value to write"),
    ...expected,
  }),
  dma_buf_read: event("Reads 64 bits from a dma-buf, mapped at the first access.", {
    fd,
    offset: f.orElse(f.size("where"), 0),
    value: f.opt(f.word64("expected value")),
    ...expected,
  }),
  dma_buf_munmap: event("Unmaps a dma-buf from the program.", { fd }),
};
