// Page tables of the ARM LPAE formats with a 4 KiB granule: real descriptors in physical memory.
// Kernel: drivers/iommu/io-pgtable-arm.c (ARM_64_LPAE_S1, which panthor uses, and ARM_MALI_LPAE).
// Left out: other granules, stage 2, quirks, dirty tracking, concurrent table installation (users
// serialise).

import { EEXIST, EINVAL, ENOMEM, ERANGE } from "../errno.ts";
import { pageSize, type PhysicalMemory } from "../memory/physical-memory.ts";
import type { IoPgtableCfg } from "./cfg.ts";
import {
  descriptorAddress,
  IOMMU_READ,
  IOMMU_WRITE,
  isLeaf,
  isTable,
  levelsMax,
  mairS1,
  memattrMali,
  protToPte,
  pteBlock,
  ptePage,
  pteSwSyncHi,
  pteTable,
  pteTypeMask,
} from "./descriptor.ts";
import { ptesPerTable, TableGeometry } from "./geometry.ts";

const supportedSizes = 0x40201000;

export class IoPgtable {
  readonly pgsizeBitmap: number;
  /** Physical address of the root table (TTBR/TRANSTAB base). */
  readonly ttbr: number;
  readonly mair: bigint;
  /** Descriptors written since the last `takeWrites()`. */
  private writes = 0;
  /** As up to 6.12: unmapping part of a block takes it apart (arm_lpae_split_blk_unmap()). */
  splitsBlocks = false;
  private readonly geometry: TableGeometry;

  private constructor(
    private readonly memory: PhysicalMemory,
    private readonly cfg: IoPgtableCfg,
    pgsizeBitmap: number,
  ) {
    this.pgsizeBitmap = pgsizeBitmap;
    this.geometry = new TableGeometry(cfg);
    this.mair = cfg.format === "ARM_MALI_LPAE" ? memattrMali : mairS1;
    this.ttbr = cfg.alloc(this.geometry.tableSize(this.geometry.startLevel));
  }

  get ias(): number {
    return this.geometry.ias;
  }

  get oas(): number {
    return this.geometry.oas;
  }

  /** alloc_io_pgtable_ops(): null if the configuration is refused or there is no memory. */
  static create(memory: PhysicalMemory, cfg: IoPgtableCfg): IoPgtable | null {
    const pgsizeBitmap = cfg.pgsizeBitmap & supportedSizes;
    if ((pgsizeBitmap & pageSize) === 0) return null;
    if (cfg.format === "ARM_MALI_LPAE" && (cfg.ias > 48 || cfg.oas > 40)) return null;
    if (memory.failsNow()) return null;
    // arm_lpae_restrict_pgsizes(): no more than 48 bits with this granule, whatever is asked for.
    if (![32, 36, 40, 42, 44, 48].includes(Math.min(cfg.oas, 48))) return null;
    const table = new IoPgtable(memory, cfg, pgsizeBitmap);
    return table.ttbr === 0 ? null : table;
  }

  /** Number of descriptors written since the last call, for the cost of table updates. */
  takeWrites(): number {
    const n = this.writes;
    this.writes = 0;
    return n;
  }

  /**
   * map_pages(): maps up to `pgcount` pages of `pgsize`, as far as one table goes; `mapped` bytes
   * are mapped. Mapping over a leaf is refused, a table under a block is freed.
   */
  mapPages(
    iova: number,
    paddr: number,
    pgsize: number,
    pgcount: number,
    prot: number,
  ): { ret: number; mapped: number } {
    if (!this.sizeOk(pgsize)) return this.refuse(-EINVAL, "map: unsupported page size");
    if (iova >= 2 ** this.ias || paddr >= 2 ** this.oas) {
      return this.refuse(-ERANGE, "map: address out of range");
    }
    if ((prot & (IOMMU_READ | IOMMU_WRITE)) === 0) return { ret: -EINVAL, mapped: 0 };
    const pte = protToPte(this.cfg.format, prot);

    let table = this.ttbr;
    for (let level = this.geometry.startLevel; ; level++) {
      const index = this.geometry.index(iova, level);
      const slot = table + index * 8;
      if (pgsize === this.geometry.blockSize(level)) {
        const n = Math.min(pgcount, this.geometry.entriesLeft(index, level));
        const ret = this.initPtes(iova, paddr, pte, level, n, slot);
        return { ret, mapped: ret === 0 ? n * pgsize : 0 };
      }
      if (level >= levelsMax - 1) return this.refuse(-EINVAL, "map: no table for this size");
      const lo = this.memory.read32(slot);
      const hi = this.memory.read32(slot + 4);
      if (lo === 0 && hi === 0) {
        const next = this.cfg.alloc(pageSize);
        if (next === 0) return { ret: -ENOMEM, mapped: 0 };
        this.installTable(slot, next);
        table = next;
      } else if (isLeaf(lo, level, this.cfg.format)) {
        return this.refuse(-EEXIST, "map: over an existing mapping");
      } else table = descriptorAddress(lo, hi);
    }
  }

  /** unmap_pages(): bytes unmapped, less than asked when something was not mapped. */
  unmapPages(iova: number, pgsize: number, pgcount: number): number {
    if (!this.sizeOk(pgsize) || pgcount === 0 || iova >= 2 ** this.ias) {
      this.cfg.warn?.("io-pgtable: unmap: bad arguments");
      return 0;
    }
    this.cfg.traceUnmap?.(this.ttbr, iova, pgsize * pgcount);
    return this.unmapLevel(iova, pgsize, pgcount, this.geometry.startLevel, this.ttbr);
  }

  /** iova_to_phys(): null when nothing is mapped (the kernel returns 0). */
  iovaToPhys(iova: number): number | null {
    let table = this.ttbr;
    for (let level = this.geometry.startLevel; level < levelsMax; level++) {
      const slot = table + this.geometry.index(iova, level) * 8;
      const lo = this.memory.read32(slot);
      const hi = this.memory.read32(slot + 4);
      if (isLeaf(lo, level, this.cfg.format)) {
        return descriptorAddress(lo, hi) + (iova % this.geometry.blockSize(level));
      }
      if (!isTable(lo, level)) return null;
      table = descriptorAddress(lo, hi);
    }
    return null;
  }

  /** free_io_pgtable_ops(): gives all tables back. */
  free(): void {
    this.freeTable(this.geometry.startLevel, this.ttbr);
  }

  private unmapLevel(
    iova: number,
    size: number,
    pgcount: number,
    level: number,
    table: number,
  ): number {
    const index = this.geometry.index(iova, level);
    const slot = table + index * 8;
    const lo = this.memory.read32(slot);
    const hi = this.memory.read32(slot + 4);
    if (lo === 0 && hi === 0) {
      this.cfg.warn?.(`io-pgtable: unmap: nothing mapped at 0x${iova.toString(16)}`);
      return 0;
    }
    if (size !== this.geometry.blockSize(level)) {
      if (isLeaf(lo, level, this.cfg.format)) {
        if (this.splitsBlocks) return this.splitBlock(iova, size, pgcount, level + 1, slot);
        const { warn, warnOnce = warn } = this.cfg;
        warnOnce?.("Unmap of a partial large IOPTE is not allowed");
        return 0;
      }
      return this.unmapLevel(iova, size, pgcount, level + 1, descriptorAddress(lo, hi));
    }
    const n = Math.min(pgcount, this.geometry.entriesLeft(index, level));
    let i = 0;
    for (; i < n; i++) {
      const a = slot + i * 8;
      const elo = this.memory.read32(a);
      const ehi = this.memory.read32(a + 4);
      if (elo === 0 && ehi === 0) {
        this.cfg.warn?.(`io-pgtable: unmap: hole at 0x${(iova + i * size).toString(16)}`);
        break;
      }
      if (!isLeaf(elo, level, this.cfg.format)) {
        this.clear(a);
        this.cfg.tlbFlushWalk?.(iova + i * size, size);
        this.freeTable(level + 1, descriptorAddress(elo, ehi));
      }
    }
    for (let j = 0; j < i; j++) this.clear(slot + j * 8);
    return i * size;
  }

  /** A table in the place of the block in `slot`, without what is to be unmapped. */
  private splitBlock(
    iova: number,
    size: number,
    pgcount: number,
    level: number,
    slot: number,
  ): number {
    if (size !== this.geometry.blockSize(level)) return 0;
    const table = this.cfg.alloc(pageSize);
    if (table === 0) return 0;
    const lo = this.memory.read32(slot);
    const hi = this.memory.read32(slot + 4);
    const base = descriptorAddress(lo, hi);
    const attributes = ((lo & 0xfff & ~pteTypeMask) | ptePage) >>> 0;
    const first = this.geometry.index(iova, level);
    const n = Math.min(pgcount, this.geometry.entriesLeft(first, level));
    for (let i = 0; i < ptesPerTable; i++) {
      if (i >= first && i < first + n) continue;
      this.write(table + i * 8, base + i * size, attributes, (hi & ~0xffff) >>> 0);
    }
    this.installTable(slot, table);
    return n * size;
  }

  private initPtes(
    iova: number,
    paddr: number,
    pte: { lo: number; hi: number },
    level: number,
    n: number,
    slot: number,
  ): number {
    const size = this.geometry.blockSize(level);
    for (let i = 0; i < n; i++) {
      const a = slot + i * 8;
      const lo = this.memory.read32(a);
      if (isLeaf(lo, level, this.cfg.format)) {
        this.cfg.warn?.(`io-pgtable: map over a mapping at 0x${(iova + i * size).toString(16)}`);
        return -EEXIST;
      }
      if ((lo & pteTypeMask) === pteTable) {
        const table = slot - this.geometry.index(iova, level) * 8;
        if (this.unmapLevel(iova + i * size, size, 1, level, table) !== size) return -EINVAL;
      }
    }
    const leaf = level === levelsMax - 1 && this.cfg.format !== "ARM_MALI_LPAE";
    const lo = pte.lo | (leaf ? ptePage : pteBlock);
    for (let i = 0; i < n; i++) this.write(slot + i * 8, paddr + i * size, lo, pte.hi);
    return 0;
  }

  private installTable(slot: number, table: number): void {
    this.write(slot, table, pteTable, this.cfg.coherentWalk ? 0 : pteSwSyncHi);
  }

  private freeTable(level: number, table: number): void {
    const entries = this.geometry.entries(level);
    if (level < levelsMax - 1) {
      for (let i = 0; i < entries; i++) {
        const lo = this.memory.read32(table + i * 8);
        if (lo === 0 || isLeaf(lo, level, this.cfg.format)) continue;
        this.freeTable(level + 1, descriptorAddress(lo, this.memory.read32(table + i * 8 + 4)));
      }
    }
    this.cfg.free(table, this.geometry.tableSize(level));
  }

  private write(slot: number, addr: number, lo: number, hi: number): void {
    this.memory.write32(slot, ((addr % 2 ** 32) | lo) >>> 0);
    this.memory.write32(slot + 4, (Math.floor(addr / 2 ** 32) | hi) >>> 0);
    this.writes++;
  }

  private clear(slot: number): void {
    this.memory.write32(slot, 0);
    this.memory.write32(slot + 4, 0);
    this.writes++;
  }

  private sizeOk(pgsize: number): boolean {
    return pgsize !== 0 && (pgsize & this.pgsizeBitmap) === pgsize;
  }

  private refuse(ret: number, text: string): { ret: number; mapped: number } {
    this.cfg.warn?.(`io-pgtable: ${text}`);
    return { ret, mapped: 0 };
  }
}
