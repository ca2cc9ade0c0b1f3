// The shared-memory file behind an object: pages on demand, contents kept while they are put back.
// Kernel: drivers/gpu/drm/drm_gem.c (drm_gem_get_pages, drm_gem_put_pages), mm/shmem.c. With huge
// pages, the "within_size" policy: 2 MiB pages where the file covers them wholly.

import { ENOMEM } from "../../machine/errno.ts";
import { pageSize, type PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import type { PanthorGemObject } from "./types.ts";

const pagesPerHuge = 512;

/** drm_gem_get_pages(): fills `bo.backing.pages`, with the contents put back before. */
export function getPages(memory: PhysicalMemory, bo: PanthorGemObject): number {
  const count = bo.size / pageSize;
  const pages: number[] = [];
  // The array of pages: kvmalloc() gives no more than INT_MAX bytes.
  if (count * 8 > 0x7fffffff || memory.failsNow()) return -ENOMEM;
  while (pages.length < count) {
    const large = count - pages.length >= pagesPerHuge;
    const n = large && (memory.hugePages || memory.contiguous) ? pagesPerHuge : 1;
    const first = memory.allocPages(n, n);
    if (first === 0) {
      freeAll(memory, pages);
      return -ENOMEM;
    }
    if (n > 1 && !memory.hugePages) memory.splitPages(first, n);
    for (let i = 0; i < n; i++) pages.push(first + i * pageSize);
  }
  const { swap } = bo;
  if (swap !== null) {
    pages.forEach((page, i) => memory.putPage(page, swap[i]));
    bo.swap = null;
  }
  bo.backing.pages = pages;
  return 0;
}

/** drm_gem_put_pages(): the file keeps the contents until the object goes. */
export function putPages(memory: PhysicalMemory, bo: PanthorGemObject): void {
  const pages = bo.backing.pages!;
  bo.swap = pages.map((page) => memory.takePage(page));
  freeAll(memory, pages);
  bo.backing.pages = null;
}

function freeAll(memory: PhysicalMemory, pages: readonly number[]): void {
  for (let i = 0; i < pages.length;) {
    const n = memory.folioSize(pages[i]) / pageSize;
    memory.free(pages[i], n);
    i += n;
  }
}
