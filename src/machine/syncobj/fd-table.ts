// File descriptors of a process, as far as sync objects, fences and buffers travel through them.
// Kernel: fs/file.c (lowest free number first), anon inodes of drm_syncobj.c, sync_file.c, eventfd.c,
// files of dma-buf.c.

import { type Atomic, done } from "../core/op.ts";
import type { DmaBuf } from "../dma-buf/dma-buf.ts";
import type { SyncFile } from "../dma-fence/sync-file.ts";
import type { Eventfd } from "../eventfd.ts";
import type { Syncobj } from "./syncobj.ts";

/** A file behind a descriptor. */
export type AnonFile =
  | { readonly kind: "syncobj"; readonly syncobj: Syncobj }
  | { readonly kind: "sync_file"; readonly syncFile: SyncFile }
  | { readonly kind: "eventfd"; readonly eventfd: Eventfd }
  | { readonly kind: "dma_buf"; readonly dmabuf: DmaBuf };

/** 0, 1 and 2 are the standard streams. */
const firstFd = 3;

/** struct files_struct. */
export class FdTable {
  private readonly files: (AnonFile | null)[] = [null, null, null];

  /** get_unused_fd_flags() and fd_install(): takes over the caller's reference. */
  install(file: AnonFile): number {
    let fd = firstFd;
    while (fd < this.files.length && this.files[fd] !== null) fd++;
    this.files[fd] = file;
    return fd;
  }

  /** fget(), without a reference. */
  get(fd: number): AnonFile | null {
    return this.files[fd] ?? null;
  }

  /** close(): false if the descriptor is not open. */
  *close(fd: number): Atomic<boolean> {
    const file = this.get(fd);
    if (file === null) return false;
    this.files[fd] = null;
    yield* release(file);
    return true;
  }

  /** exit_files(): closes everything, lowest first. */
  *closeAll(): Atomic {
    for (let fd = firstFd; fd < this.files.length; fd++) yield* this.close(fd);
  }
}

function release(file: AnonFile): Atomic {
  if (file.kind === "syncobj") return file.syncobj.put();
  if (file.kind === "dma_buf") return file.dmabuf.put();
  return file.kind === "sync_file" ? file.syncFile.release() : done();
}
