// Which handle of a file stands for which dma-buf, so that a buffer gets its handle back.
// Kernel: drivers/gpu/drm/drm_prime.c (struct drm_prime_file_private).

import type { Machine } from "../core/machine.ts";
import type { Atomic } from "../core/op.ts";
import type { DmaBuf } from "../dma-buf/dma-buf.ts";
import { Mutex } from "../lock/mutex.ts";

/** struct drm_prime_file_private. Each row holds a reference. */
export class PrimeFile {
  readonly lock: Mutex;
  private readonly dmabufs = new Map<number, DmaBuf>();

  constructor(m: Machine) {
    this.lock = new Mutex(m, "prime.lock");
  }

  /** drm_prime_add_buf_handle(). */
  add(dmabuf: DmaBuf, handle: number): void {
    this.dmabufs.set(handle, dmabuf.get());
  }

  /** drm_prime_lookup_buf_by_handle(). */
  bufOf(handle: number): DmaBuf | null {
    return this.dmabufs.get(handle) ?? null;
  }

  /** drm_prime_lookup_buf_handle(): null if this file has never seen the buffer. */
  handleOf(dmabuf: DmaBuf): number | null {
    for (const [handle, known] of this.dmabufs) if (known === dmabuf) return handle;
    return null;
  }

  /** drm_prime_remove_buf_handle(). */
  *removeHandle(handle: number): Atomic {
    const dmabuf = this.dmabufs.get(handle);
    if (dmabuf === undefined) return;
    this.dmabufs.delete(handle);
    yield* dmabuf.put();
  }
}
