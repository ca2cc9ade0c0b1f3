// Physical memory: 4 KiB pages as arrays of 32-bit words, backed when first written.
// Stands for the page allocator (mm/page_alloc.c) as far as addresses and contents matter; reading
// or writing a page that is not allocated is a defect of whoever does it, never a silent zero.

import { Defect } from "../defect.ts";
import { type Allocations, FailNth } from "./fail-nth.ts";

export const pageShift = 12;
export const pageSize = 1 << pageShift;
const pageWords = pageSize / 4;
/** Where the last 64-bit word of a page begins. */
const lastPair = pageSize - 8;

/** One aligned, contiguous allocation. */
interface Folio {
  readonly first: number;
  readonly pages: number;
}

export interface PhysicalMemoryOptions {
  /** Physical address of the first page. */
  readonly base?: number;
  /** Bytes of memory; an allocation beyond it fails. */
  readonly size?: number;
  /** CONFIG_TRANSPARENT_HUGEPAGE: shared memory may use 2 MiB pages. */
  readonly hugePages?: boolean;
  /** Objects get aligned runs of small pages that happen to be adjacent. */
  readonly contiguous?: boolean;
  /** get_nr_swap_pages(): free pages of swap. */
  readonly swapPages?: number;
}

export class PhysicalMemory implements Allocations {
  readonly base: number;
  readonly hugePages: boolean;
  readonly contiguous: boolean;
  readonly swapPages: number;
  /** Pages allocated now. */
  allocated = 0;
  private readonly pagesMax: number;
  /** Contents by page number from `base`; null: allocated, all zero; undefined: not allocated. */
  private readonly pages: (Uint32Array | null | undefined)[] = [];
  /** The allocation that a page belongs to. */
  private readonly folios: (Folio | undefined)[] = [];
  /** Free allocations by page count, last freed first. */
  private readonly free_ = new Map<number, number[]>();
  private top = 0;
  readonly failNth = new FailNth();

  constructor(options: PhysicalMemoryOptions = {}) {
    this.base = options.base ?? 0x40000000;
    this.hugePages = options.hugePages ?? false;
    this.contiguous = options.contiguous ?? false;
    this.swapPages = options.swapPages ?? 0;
    this.pagesMax = Math.floor((options.size ?? 2 ** 36) / pageSize);
  }

  /** One zeroed page; its physical address. */
  allocPage(): number {
    return this.allocPages(1);
  }

  /**
   * `n` contiguous zeroed pages, aligned to `align` pages; 0 when memory is exhausted.
   * Freed ranges are used again, last freed first, as the per-CPU page lists do.
   */
  allocPages(n: number, align = 1): number {
    if (this.failsNow()) return 0;
    const free = this.free_.get(n);
    let first = -1;
    if (align === 1) first = free?.pop() ?? -1;
    else if (free !== undefined && free.length > 0) {
      const i = free.findLastIndex((pfn) => (this.pfnOfBase() + pfn) % align === 0);
      if (i >= 0) [first] = free.splice(i, 1);
    }
    if (first < 0) {
      const misalign = (this.pfnOfBase() + this.top) % align;
      first = misalign === 0 ? this.top : this.top + align - misalign;
      if (first + n > this.pagesMax) return 0;
      while (this.pages.length < first + n) {
        this.pages.push(undefined);
        this.folios.push(undefined);
      }
      this.top = first + n;
    }
    const folio: Folio = { first, pages: n };
    for (let i = first; i < first + n; i++) {
      this.pages[i] = null;
      this.folios[i] = folio;
    }
    this.allocated += n;
    return this.base + first * pageSize;
  }

  /** split_page(): each page of an allocation becomes one of its own. */
  splitPages(addr: number, n: number): void {
    const first = this.index(addr, "split");
    for (let i = first; i < first + n; i++) this.folios[i] = { first: i, pages: 1 };
  }

  /** From the `nth` allocation on (1: the next), `count` allocations fail. */
  failAllocations(nth: number, count: number): void {
    this.failNth.arm(nth, count);
  }

  /** An allocation begins: true if it is one that fails. Also for allocations below a page. */
  failsNow(): boolean {
    return this.failNth.failsNow();
  }

  /** Frees `n` pages allocated together at `addr`. */
  free(addr: number, n = 1): void {
    const first = this.index(addr, "free");
    const folio = this.folios[first];
    if (folio === undefined || folio.first !== first || folio.pages !== n) {
      throw new Defect(
        `memory 0x${addr.toString(16)}`,
        `free of ${n} pages not allocated together`,
      );
    }
    for (let i = first; i < first + n; i++) {
      this.pages[i] = undefined;
      this.folios[i] = undefined;
    }
    this.allocated -= n;
    const free = this.free_.get(n);
    if (free === undefined) this.free_.set(n, [first]);
    else free.push(first);
  }

  isAllocated(addr: number): boolean {
    const i = Math.floor((addr - this.base) / pageSize);
    return i >= 0 && this.pages[i] !== undefined;
  }

  /** folio_size(page_folio()): bytes of the allocation that holds `addr`. */
  folioSize(addr: number): number {
    return this.folios[this.index(addr, "folio")]!.pages * pageSize;
  }

  read32(addr: number): number {
    const page = this.page(addr);
    return page === null ? 0 : page[(addr & (pageSize - 1)) >>> 2];
  }

  write32(addr: number, value: number): void {
    let page = this.contents(addr, "write");
    if (page === null) {
      if (value === 0) return;
      page = this.back(addr);
    }
    page[(addr & (pageSize - 1)) >>> 2] = value;
  }

  /** Words behind each other that do not cross the end of the page. */
  writeWords(addr: number, words: readonly number[], first: number, count: number): void {
    const i = this.index(addr, "write");
    const page = (this.pages[i] ??= new Uint32Array(pageWords));
    const at = (addr & (pageSize - 1)) >>> 2;
    for (let n = 0; n < count; n++) page[at + n] = words[first + n];
  }

  /** The words of the page at `addr`, for reading at once; null: all zero. */
  page(addr: number): Uint32Array | null {
    return this.contents(addr, "read");
  }

  read64(addr: number): bigint {
    return (BigInt(this.read32(addr + 4)) << 32n) | BigInt(this.read32(addr));
  }

  write64(addr: number, value: bigint): void {
    this.write32(addr, Number(value & 0xffffffffn));
    this.write32(addr + 4, Number((value >> 32n) & 0xffffffffn));
  }

  /** A 64-bit word known to hold a safe integer (an address, a counter). */
  read64Number(addr: number): number {
    const offset = addr & (pageSize - 1);
    if (offset > lastPair) return this.read32(addr + 4) * 2 ** 32 + this.read32(addr);
    const page = this.page(addr);
    if (page === null) return 0;
    const i = offset >>> 2;
    return page[i + 1] * 2 ** 32 + page[i];
  }

  write64Number(addr: number, value: number): void {
    const lo = value >>> 0;
    const hi = Math.floor(value / 2 ** 32);
    const offset = addr & (pageSize - 1);
    const page = this.contents(addr, "write");
    if (page === null || offset > lastPair) {
      this.write32(addr, lo);
      this.write32(addr + 4, hi);
      return;
    }
    const i = offset >>> 2;
    page[i] = lo;
    page[i + 1] = hi;
  }

  readBytes(addr: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const a = addr + i;
      out[i] = (this.read32(a - (a & 3)) >>> ((a & 3) * 8)) & 0xff;
    }
    return out;
  }

  writeBytes(addr: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const a = addr + i;
      const word = a - (a & 3);
      const shift = (a & 3) * 8;
      this.write32(word, (this.read32(word) & ~(0xff << shift)) | (bytes[i] << shift));
    }
  }

  /** Zeroes `length` bytes; whole pages lose their backing. */
  zero(addr: number, length: number): void {
    for (let a = addr; a < addr + length;) {
      if (a % pageSize === 0 && addr + length - a >= pageSize) {
        this.pages[this.index(a, "zero")] = null;
        a += pageSize;
      } else {
        this.write32(a, 0);
        a += 4;
      }
    }
  }

  /** Takes the contents of a page away (swap-out); null for a page of zeroes. */
  takePage(addr: number): Uint32Array | null {
    const i = this.index(addr, "take");
    const page = this.pages[i]!;
    this.pages[i] = null;
    return page;
  }

  /** Puts contents taken with takePage() into a page. */
  putPage(addr: number, contents: Uint32Array | null): void {
    this.pages[this.index(addr, "put")] = contents;
  }

  /** The first word of a page of zeroes is written. */
  private back(addr: number): Uint32Array {
    const page = new Uint32Array(pageWords);
    this.pages[((addr - this.base) / pageSize) | 0] = page;
    return page;
  }

  private pfnOfBase(): number {
    return this.base / pageSize;
  }

  private index(addr: number, what: string): number {
    this.contents(addr, what);
    return ((addr - this.base) / pageSize) | 0;
  }

  /** The contents of the page at `addr`, which must be allocated. */
  private contents(addr: number, what: string): Uint32Array | null {
    const page = this.pages[((addr - this.base) / pageSize) | 0];
    if (page === undefined || addr < this.base) {
      throw new Defect(`memory 0x${addr.toString(16)}`, `${what} of an unallocated page`);
    }
    return page;
  }
}
