// Scatter/gather tables of pages, physically contiguous runs merged.
// Kernel: lib/scatterlist.c:sg_alloc_table_from_pages_segment, drm_prime.c:drm_prime_pages_to_sg.

import type { Allocations } from "./fail-nth.ts";
import { pageSize } from "./physical-memory.ts";

export interface SgEntry {
  readonly dmaAddress: number;
  readonly dmaLen: number;
}

/** SG_MAX_SINGLE_ALLOC: entries of one piece of a table. */
const entriesPerPiece = 128;

export interface SgTable {
  readonly entries: readonly SgEntry[];
}

/** UINT_MAX rounded down to a page: the longest segment drm_prime_pages_to_sg() asks for. */
const segmentMax = 0xfffff000;

/** drm_prime_pages_to_sg(), dma_map_sgtable() with an identity mapping; null without memory. */
export function pagesToSg(pages: readonly number[], memory: Allocations): SgTable | null {
  if (memory.failsNow()) return null;
  const entries: SgEntry[] = [];
  for (let i = 0; i < pages.length;) {
    const start = i++;
    while (
      i < pages.length &&
      pages[i] === pages[i - 1] + pageSize &&
      (i - start + 1) * pageSize <= segmentMax
    ) {
      i++;
    }
    entries.push({ dmaAddress: pages[start], dmaLen: (i - start) * pageSize });
  }
  return sgPiecesFail(entries.length, memory) ? null : { entries };
}

/** sg_alloc_table(): a piece that is not the last links to the next with one of its entries. */
export function sgPiecesFail(entries: number, memory: Allocations): boolean {
  for (let left = entries; left > 0; left -= entriesPerPiece - 1) {
    if (memory.failsNow()) return true;
    if (left <= entriesPerPiece) break;
  }
  return false;
}
