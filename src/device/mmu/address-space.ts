// One address space: TRANSTAB, MEMATTR and TRANSCFG (in force after UPDATE), the region lock, the
// TLB, and the fault that waits for the host.
// A lock holds off fetches, loads, stores and sync objects of streams inside the region, until
// UNLOCK (or FLUSH_PT, FLUSH_MEM, or a soft reset). A second LOCK replaces the first.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import type { FaultAccess, MemoryAccess, Translation } from "./walk.ts";
import { permissionFault, walk } from "./walk.ts";
import { Tlb } from "./tlb.ts";

/** Result of an access: a physical address, a lock in the way, or a fault. */
export type AccessResult =
  | { readonly kind: "ok"; readonly pa: number }
  | { readonly kind: "locked" }
  | { readonly kind: "fault"; readonly status: number };

const locked = { kind: "locked" } as const;
const accessCode = { atomic: 0, execute: 1, read: 2, write: 3 } as const;
/** SOURCE_ID of faults: the command stream frontend. */
const sourceId = 0x80;

/** FAULTSTATUS of an access. */
export const faultStatus = (exception: number, access: FaultAccess): number =>
  ((sourceId << 16) | (accessCode[access] << 8) | exception) >>> 0;

/** A locked region: [start, end). */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** Entries of the cache in front of the TLB, minus 1. */
const slotMask = 255;
/** Low bits alone would put the same pages of several buffers into one slot. */
const slotOf = (pfn: number): number => (pfn ^ (pfn >>> 8)) & slotMask;
const unmapped: Translation = { transtab: 0, cfgLo: 1, cfgHi: 0 };

export class AddressSpace {
  /** Register values as last written, LO and HI. */
  readonly transtab = [0, 0];
  readonly memattr = [0, 0];
  readonly lockaddr = [0, 0];
  readonly transcfg = [0, 0];
  faultStatus = 0;
  faultAddress = 0;
  /** AS_ACTIVE until this time (Infinity: a command that never completes). */
  busyUntil = 0;
  lock: Region | null = null;
  readonly tlb: Tlb;
  /** Direct-mapped cache of TLB entries, valid while the TLB has lost none since. */
  private readonly slotPfn = new Float64Array(slotMask + 1).fill(-1);
  private readonly slotPage = new Float64Array(slotMask + 1);
  private readonly slotWritable = new Uint8Array(slotMask + 1);
  private readonly slotGeneration = new Float64Array(slotMask + 1);
  private translation: Translation = unmapped;

  constructor(
    readonly id: number,
    private readonly memory: PhysicalMemory,
    tlbEnabled: boolean,
  ) {
    this.tlb = new Tlb(tlbEnabled);
  }

  /** UPDATE: what was written to the registers is in force. */
  latch(translation: Translation = this.written()): void {
    this.translation = translation;
    this.tlb.invalidateAll();
  }

  /** Base of the tables in force. */
  get translationBase(): number {
    return this.translation.transtab;
  }

  /** What UPDATE would put in force. */
  written(): Translation {
    const [lo, hi] = this.transtab;
    return { transtab: hi * 2 ** 32 + lo, cfgLo: this.transcfg[0], cfgHi: this.transcfg[1] };
  }

  /** LOCKADDR as a region: a naturally aligned block of 2^(width + 1) bytes. */
  regionWritten(): Region {
    const width = this.lockaddr[0] & 0x3f;
    const size = 2 ** (width + 1);
    const address = this.lockaddr[1] * 2 ** 32 + ((this.lockaddr[0] & ~0xfff) >>> 0);
    const start = address - (address % size);
    return { start, end: start + size };
  }

  isLocked(va: number): boolean {
    const { lock } = this;
    return lock !== null && va >= lock.start && va < lock.end;
  }

  /** Drops cached translations of a region; of everything with null. */
  invalidate(region: Region | null): void {
    if (region === null) this.tlb.invalidateAll();
    else this.tlb.invalidate(region.start, region.end - region.start);
  }

  /** Physical address by the direct-mapped cache, -1 where the TLB has to be asked. */
  private cached(va: number, write: boolean): number {
    const { tlb } = this;
    const offset = va & 4095;
    const pfn = (va - offset) / 4096;
    const slot = slotOf(pfn);
    if (this.slotPfn[slot] !== pfn || this.slotGeneration[slot] !== tlb.generation) return -1;
    if (write && this.slotWritable[slot] === 0) return -1;
    return this.slotPage[slot] + offset;
  }

  /** Physical address of a read or write without a lock in the way; -1: `access` says why not. */
  accessFast(va: number, write: boolean): number {
    return this.isLocked(va) ? -1 : this.translateFast(va, write);
  }

  /** Physical address regardless of a lock; -1: `translate` says why not. */
  translateFast(va: number, write: boolean): number {
    const pa = this.cached(va, write);
    if (pa >= 0) return pa;
    const entry = this.tlb.lookup(Math.floor(va / 4096));
    if (entry === undefined || (write && !entry.writable)) return -1;
    const pfn = Math.floor(va / 4096);
    const slot = slotOf(pfn);
    this.slotPfn[slot] = pfn;
    this.slotPage[slot] = entry.page;
    this.slotWritable[slot] = entry.writable ? 1 : 0;
    this.slotGeneration[slot] = this.tlb.generation;
    return entry.page + (va & 4095);
  }

  /** Translates an access of a command stream. */
  access(va: number, access: MemoryAccess): AccessResult {
    if (this.isLocked(va)) return locked;
    return this.translate(va, access);
  }

  /** Translates regardless of a lock (the MCU, whose accesses are not modelled to stall). */
  translate(va: number, access: MemoryAccess): AccessResult {
    const pfn = Math.floor(va / 4096);
    let entry = this.tlb.lookup(pfn);
    if (entry === undefined) {
      const walked = walk(this.memory, this.translation, va);
      if (!walked.ok) return this.fault(walked.exception, access);
      entry = walked;
      this.tlb.fill(pfn, entry);
    }
    const denied =
      (access === "write" && !entry.writable) || (access === "execute" && !entry.executable);
    if (denied) return this.fault(permissionFault + 3, access);
    return { kind: "ok", pa: entry.page + (va & 4095) };
  }

  private fault(exception: number, access: MemoryAccess): AccessResult {
    return { kind: "fault", status: faultStatus(exception, access) };
  }

  /** Soft reset. */
  reset(): void {
    for (const reg of [this.transtab, this.memattr, this.lockaddr, this.transcfg]) reg.fill(0);
    this.faultStatus = 0;
    this.faultAddress = 0;
    this.busyUntil = 0;
    this.lock = null;
    this.latch(unmapped);
  }
}
