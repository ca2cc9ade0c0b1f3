// Memory as the MCU sees it: 32-bit virtual addresses of address space 0, through the tables that
// the driver built. A fault is reported like any other; the MCU reads zero and goes on.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";
import type { MemoryAccess } from "../mmu/walk.ts";
import type { Mmu } from "../mmu/mmu.ts";

export class McuMemory {
  constructor(
    private readonly mmu: Mmu,
    private readonly memory: PhysicalMemory,
  ) {}

  /** True if `va` can be read: the firmware's sections are mapped. */
  isMapped(va: number): boolean {
    return this.mmu.spaces[0].translate(va, "read").kind === "ok";
  }

  /** The words of the page at `va`; null if all are zero, or nothing is mapped there. */
  page(va: number): Uint32Array | null {
    const pa = this.translate(va, "read");
    return pa < 0 ? null : this.memory.page(pa);
  }

  read32(va: number): number {
    const pa = this.translate(va, "read");
    return pa < 0 ? 0 : this.memory.read32(pa);
  }

  write32(va: number, value: number): void {
    const pa = this.translate(va, "write");
    if (pa >= 0) this.memory.write32(pa, value >>> 0);
  }

  /** A 64-bit word that holds an address or a counter. */
  read64(va: number): number {
    const pa = this.translate(va, "read");
    return pa < 0 ? 0 : this.memory.read64Number(pa);
  }

  write64(va: number, value: number): void {
    const pa = this.translate(va, "write");
    if (pa >= 0) this.memory.write64Number(pa, value);
  }

  private translate(va: number, access: MemoryAccess): number {
    const space = this.mmu.spaces[0];
    const pa = space.translateFast(va, access === "write");
    if (pa >= 0) return pa;
    const r = space.translate(va, access);
    if (r.kind === "ok") return r.pa;
    if (r.kind === "fault") this.mmu.fault(0, va, r.status);
    return -1;
  }
}
