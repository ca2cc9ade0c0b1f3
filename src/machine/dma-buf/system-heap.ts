// The system dma-heap: buffers that belong to no device. What a program has that shares memory of
// somebody else with the GPU. Kernel: drivers/dma-buf/{dma-heap.c,heaps/system_heap.c}. Left out:
// cache maintenance of attachments.

import { done, type Kernel } from "../core/op.ts";
import { DmaResv } from "../dma-fence/resv.ts";
import { EINVAL, ENOMEM } from "../errno.ts";
import type { Linux } from "../linux.ts";
import { CpuMapping } from "../memory/cpu-mapping.ts";
import { pageSize } from "../memory/physical-memory.ts";
import { sgPiecesFail, type SgTable } from "../memory/sg-table.ts";
import { type BufferVma, type DmaBuf, dmaBufExport, type DmaBufOps } from "./dma-buf.ts";

/** Sizes of the pieces that a buffer is made of, in pages, largest first. */
const chunkPages = [256, 16, 1];

/** struct system_heap_buffer. */
interface HeapBuffer {
  /** First page and number of pages of each piece. */
  readonly chunks: readonly (readonly [number, number])[];
  readonly pages: readonly number[];
}

/** DMA_HEAP_IOCTL_ALLOC of /dev/dma_heap/system: the buffer, or a negative errno. */
export function dmaHeapAlloc(linux: Linux, length: number): DmaBuf | number {
  const { memory } = linux;
  if (length === 0) return -EINVAL;
  const size = Math.ceil(length / pageSize) * pageSize;
  if (memory.failsNow()) return -ENOMEM;
  const chunks: [number, number][] = [];
  const pages: number[] = [];
  while (pages.length < size / pageSize) {
    const left = size / pageSize - pages.length;
    const chunk = allocLargest(linux, left);
    if (chunk === null) {
      freeChunks(memory, chunks);
      return -ENOMEM;
    }
    chunks.push(chunk);
    for (let i = 0; i < chunk[1]; i++) pages.push(chunk[0] + i * pageSize);
  }
  const priv: HeapBuffer = { chunks, pages };
  const resv = new DmaResv(linux.fences);
  const dmabuf = sgPiecesFail(chunks.length, memory)
    ? -ENOMEM
    : dmaBufExport(linux, { ops: heapOps, size, priv, resv });
  if (typeof dmabuf === "number") freeChunks(memory, chunks);
  return dmabuf;
}

function freeChunks(memory: Linux["memory"], chunks: HeapBuffer["chunks"]): void {
  for (const [first, n] of chunks) memory.free(first, n);
}

/** alloc_largest_available(). */
function allocLargest({ memory }: Linux, left: number): [number, number] | null {
  for (const n of chunkPages) {
    if (n > left) continue;
    const first = memory.allocPages(n, n);
    if (first !== 0) return [first, n];
  }
  return null;
}

const bufferOf = (dmabuf: DmaBuf): HeapBuffer => dmabuf.priv as HeapBuffer;

const heapOps: DmaBufOps = {
  // system_heap_attach(), dup_sg_table(): the attachment has a table within it, with an entry for
  // each piece. Pieces that happen to be neighbours are not merged, nor are they by a direct mapping.
  attach(attach): Kernel<number> {
    const { memory } = attach.dmabuf.linux;
    const { chunks } = bufferOf(attach.dmabuf);
    if (memory.failsNow() || sgPiecesFail(chunks.length, memory)) return done(-ENOMEM);
    const entries = chunks.map(([first, n]) => ({ dmaAddress: first, dmaLen: n * pageSize }));
    attach.priv = { entries };
    return done(0);
  },
  mapDmaBuf: (attach) => done(attach.priv as SgTable),
  unmapDmaBuf: () => done(),
  *release(dmabuf): Kernel<void> {
    freeChunks(dmabuf.linux.memory, bufferOf(dmabuf).chunks);
    yield* dmabuf.resv.fini();
  },
  vmap: (dmabuf) => done(new CpuMapping(dmabuf.linux.memory, bufferOf(dmabuf).pages)),
  vunmap: () => done(),
  mmap(dmabuf): Kernel<BufferVma> {
    const { pages } = bufferOf(dmabuf);
    const mapping = new CpuMapping(dmabuf.linux.memory, pages);
    return done({ access: () => done(mapping), pages: () => pages, unmap: () => done() });
  },
};
