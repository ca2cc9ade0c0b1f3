// Memory as the MCU sees it: 32-bit virtual addresses of address space 0, through the tables that
// the driver built. A fault is reported like any other; the MCU reads zero and goes on.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import type { AddressSpace } from "../mmu/address-space.ts";
import type { Mmu } from "../mmu/mmu.ts";

export class McuMemory {
  private readonly space: AddressSpace;

  constructor(
    private readonly mmu: Mmu,
    private readonly memory: PhysicalMemory,
  ) {
    this.space = mmu.spaces[0];
  }

  /** True if `va` can be read: the firmware's sections are mapped. */
  isMapped(va: number): boolean {
    return this.space.translate(va, "read").kind === "ok";
  }

  /** The words of the page at `va`; null if all are zero, or nothing is mapped there. */
  page(va: number): Uint32Array | null {
    const pa = this.translate(va, false);
    return pa < 0 ? null : this.memory.page(pa);
  }

  read32(va: number): number {
    const pa = this.translate(va, false);
    return pa < 0 ? 0 : this.memory.read32(pa);
  }

  write32(va: number, value: number): void {
    const pa = this.translate(va, true);
    if (pa >= 0) this.memory.write32(pa, value >>> 0);
  }

  /** A 64-bit word that holds an address or a counter. */
  read64(va: number): number {
    const pa = this.translate(va, false);
    return pa < 0 ? 0 : this.memory.read64Number(pa);
  }

  write64(va: number, value: number): void {
    const pa = this.translate(va, true);
    if (pa >= 0) this.memory.write64Number(pa, value);
  }

  private translate(va: number, write: boolean): number {
    const pa = this.space.translateFast(va, write);
    return pa >= 0 ? pa : this.walk(va, write);
  }

  private walk(va: number, write: boolean): number {
    const r = this.space.translate(va, write ? "write" : "read");
    if (r.kind === "ok") return r.pa;
    if (r.kind === "fault") this.mmu.fault(0, va, r.status);
    return -1;
  }
}
