// dma-buf: a buffer as a file, shared between devices and programs.
// Kernel: drivers/dma-buf/dma-buf.c. Left out: dynamic attachments (nobody here moves buffers),
// names, debugfs.

import type { Atomic, Kernel } from "../core/op.ts";
import type { DmaResv } from "../dma-fence/resv.ts";
import { Usage, usageRw } from "../dma-fence/resv.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import { Kref } from "../kref.ts";
import type { Linux } from "../linux.ts";
import type { CpuMapping } from "../memory/cpu-mapping.ts";
import { filePseudoFails } from "../memory/fail-nth.ts";
import type { SgTable } from "../memory/sg-table.ts";
import { maxScheduleTimeout } from "../wait/schedule.ts";
import { DmaBufPoll } from "./poll.ts";

/** A device that wants to use a buffer (struct dma_buf_attachment). */
export class DmaBufAttachment {
  /** The exporter's data. */
  priv: unknown = null;

  constructor(
    readonly dmabuf: DmaBuf,
    /** Name of the importing device. */
    readonly dev: string,
  ) {}
}

/** enum dma_data_direction, as DMA_BUF_IOCTL_SYNC has it. */
export type CpuAccess = "read" | "write" | "both";

/** A user mapping of a buffer's memory (vm_area_struct). */
export interface BufferVma {
  /** A CPU access: the pages, faulted in; a negative errno for SIGBUS. */
  access(): Kernel<CpuMapping | number>;
  /** Physical pages now, null while there are none. */
  pages(): readonly number[] | null;
  /** munmap(). */
  unmap(): Kernel<void>;
}

/** struct dma_buf_ops. */
export interface DmaBufOps {
  readonly attach?: (attach: DmaBufAttachment) => Kernel<number>;
  readonly detach?: (attach: DmaBufAttachment) => Kernel<void>;
  /** Both with the reservation locked. */
  readonly mapDmaBuf: (attach: DmaBufAttachment) => Kernel<SgTable | number>;
  readonly unmapDmaBuf: (attach: DmaBufAttachment, sgt: SgTable) => Kernel<void>;
  readonly release: (dmabuf: DmaBuf) => Kernel<void>;
  readonly mmap?: (dmabuf: DmaBuf) => Kernel<BufferVma | number>;
  /** Both with the reservation locked. */
  readonly vmap?: (dmabuf: DmaBuf) => Kernel<CpuMapping | number>;
  readonly vunmap?: (dmabuf: DmaBuf) => Kernel<void>;
  readonly beginCpuAccess?: (dmabuf: DmaBuf, access: CpuAccess) => Kernel<number>;
  readonly endCpuAccess?: (dmabuf: DmaBuf, access: CpuAccess) => Kernel<number>;
}

/** struct dma_buf_export_info. */
export interface DmaBufExport {
  readonly ops: DmaBufOps;
  readonly size: number;
  /** The exporter's object. */
  readonly priv: unknown;
  readonly resv: DmaResv;
}

/** dma_buf_export(): with the reference of the new file, or a negative errno. */
export function dmaBufExport(linux: Linux, info: DmaBufExport): DmaBuf | number {
  const { memory } = linux;
  // The inode, the file of no path, the buffer (with its reservation if it has none yet).
  const failed = memory.failsNow() || filePseudoFails(memory) || memory.failsNow();
  return failed ? -ENOMEM : new DmaBuf(linux, info);
}

/** struct dma_buf, with the file that it is. Made by dmaBufExport(). */
export class DmaBuf {
  readonly ops: DmaBufOps;
  readonly size: number;
  readonly priv: unknown;
  readonly resv: DmaResv;
  readonly attachments: DmaBufAttachment[] = [];
  readonly poll: DmaBufPoll;
  /** vmap_ptr and vmapping_counter. */
  private kernelMap: CpuMapping | null = null;
  private kernelMaps = 0;
  /** f_count of the file. */
  private readonly file: Kref;

  constructor(
    readonly linux: Linux,
    info: DmaBufExport,
  ) {
    this.ops = info.ops;
    this.size = info.size;
    this.priv = info.priv;
    this.resv = info.resv;
    this.file = new Kref(linux.m, "dma_buf");
    this.poll = new DmaBufPoll(this);
  }

  /** get_dma_buf(). */
  get(): this {
    this.file.get();
    return this;
  }

  /** dma_buf_put(): fput(), so the release comes on the way to user space, or later. */
  *put(): Atomic {
    if (!this.file.putTest()) return;
    yield* this.linux.files.fput(() => this.ops.release(this));
  }

  /** dma_buf_attach(). */
  *attach(dev: string): Kernel<DmaBufAttachment | number> {
    if (this.linux.memory.failsNow()) return -ENOMEM;
    const attach = new DmaBufAttachment(this, dev);
    const ret = this.ops.attach === undefined ? 0 : yield* this.ops.attach(attach);
    if (ret !== 0) return ret;
    yield* this.resv.lock();
    this.attachments.unshift(attach);
    yield* this.resv.unlock();
    return attach;
  }

  /** dma_buf_detach(). */
  *detach(attach: DmaBufAttachment): Kernel<void> {
    yield* this.resv.lock();
    this.attachments.splice(this.attachments.indexOf(attach), 1);
    yield* this.resv.unlock();
    if (this.ops.detach !== undefined) yield* this.ops.detach(attach);
  }

  /** dma_buf_map_attachment_unlocked(): importers with static attachments wait for moves only. */
  *mapAttachment(attach: DmaBufAttachment): Kernel<SgTable | number> {
    yield* this.resv.lock();
    let sgt = yield* this.ops.mapDmaBuf(attach);
    if (typeof sgt !== "number") {
      const ret = yield* this.resv.waitTimeout(Usage.kernel, true, maxScheduleTimeout);
      if (ret < 0) {
        yield* this.ops.unmapDmaBuf(attach, sgt);
        sgt = ret;
      }
    }
    yield* this.resv.unlock();
    return sgt;
  }

  /** dma_buf_unmap_attachment_unlocked(). */
  *unmapAttachment(attach: DmaBufAttachment, sgt: SgTable): Kernel<void> {
    yield* this.resv.lock();
    yield* this.ops.unmapDmaBuf(attach, sgt);
    yield* this.resv.unlock();
  }

  /** dma_buf_mmap(), dma_buf_mmap_internal(): the mapping holds the file. */
  *mmap(length: number): Kernel<BufferVma | number> {
    if (this.ops.mmap === undefined || length > this.size) return -EINVAL;
    const vma = yield* this.ops.mmap(this);
    if (typeof vma === "number") return vma;
    this.get();
    return { ...vma, unmap: () => this.unmap(vma) };
  }

  private *unmap(vma: BufferVma): Kernel<void> {
    yield* vma.unmap();
    yield* this.put();
  }

  /** dma_buf_vmap(): one mapping for all, with the reservation locked. */
  *vmap(): Kernel<CpuMapping | number> {
    const { vmap } = this.ops;
    if (vmap === undefined) return -EINVAL;
    this.resv.assertHeld();
    if (this.kernelMap === null) {
      const map = yield* vmap(this);
      if (typeof map === "number") return map;
      this.kernelMap = map;
    }
    this.kernelMaps++;
    return this.kernelMap;
  }

  /** dma_buf_vunmap(). */
  *vunmap(): Kernel<void> {
    this.resv.assertHeld();
    if (--this.kernelMaps > 0) return;
    this.kernelMap = null;
    if (this.ops.vunmap !== undefined) yield* this.ops.vunmap(this);
  }

  /** dma_buf_begin_cpu_access(): also waits for the fences of the devices. */
  *beginCpuAccess(access: CpuAccess): Kernel<number> {
    const { beginCpuAccess } = this.ops;
    const ret = beginCpuAccess === undefined ? 0 : yield* beginCpuAccess(this, access);
    if (ret !== 0) return ret;
    const usage = usageRw(access !== "read");
    const left = yield* this.resv.waitTimeout(usage, true, maxScheduleTimeout);
    return left < 0 ? left : 0;
  }

  /** dma_buf_end_cpu_access(). */
  *endCpuAccess(access: CpuAccess): Kernel<number> {
    const { endCpuAccess } = this.ops;
    return endCpuAccess === undefined ? 0 : yield* endCpuAccess(this, access);
  }
}
