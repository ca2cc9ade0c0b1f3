// The shape of a table: levels, what an entry of each spans, and where an address is in it.
// Kernel: drivers/iommu/io-pgtable-arm.c (struct arm_lpae_io_pgtable, ARM_LPAE_LVL_SHIFT,
// ARM_LPAE_LVL_IDX), 4 KiB granule.

import { pageSize } from "../memory/physical-memory.ts";
import type { IoPgtableCfg } from "./cfg.ts";
import { levelsMax } from "./descriptor.ts";

const bitsPerLevel = 9;
export const ptesPerTable = 1 << bitsPerLevel;

export class TableGeometry {
  readonly ias: number;
  readonly oas: number;
  readonly startLevel: number;
  private readonly pgdBits: number;

  constructor(cfg: IoPgtableCfg) {
    this.ias = Math.min(cfg.ias, 48);
    this.oas = Math.min(cfg.oas, 48);
    const vaBits = this.ias - 12;
    const levels = Math.ceil(vaBits / bitsPerLevel);
    const mali = cfg.format === "ARM_MALI_LPAE";
    this.startLevel = mali ? 0 : levelsMax - levels;
    this.pgdBits = mali && levels < levelsMax ? 0 : vaBits - bitsPerLevel * (levels - 1);
  }

  /** Entries of a table. */
  entries(level: number): number {
    return level === this.startLevel ? 2 ** this.pgdBits : ptesPerTable;
  }

  /** Bytes of a table. */
  tableSize(level: number): number {
    // Very small roots are rounded up to what the hardware wants aligned.
    return level === this.startLevel ? Math.max(8 * 2 ** this.pgdBits, 64) : pageSize;
  }

  /** ARM_LPAE_BLOCK_SIZE(): bytes that an entry spans. */
  blockSize(level: number): number {
    return 2 ** ((levelsMax - level) * bitsPerLevel + 3);
  }

  /** ARM_LPAE_LVL_IDX(). */
  index(iova: number, level: number): number {
    return Math.floor(iova / this.blockSize(level)) % this.entries(level);
  }

  /** arm_lpae_max_entries(): entries up to the end of the table page. */
  entriesLeft(index: number, level: number): number {
    const n = ptesPerTable - (index & (ptesPerTable - 1));
    return level === this.startLevel ? Math.min(n, this.entries(level) - index) : n;
  }
}
