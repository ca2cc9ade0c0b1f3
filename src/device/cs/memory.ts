// Memory as a command stream sees it: virtual addresses of its group's address space. An access
// that cannot be done now traps: the interpreter stops the instruction and decides what follows.

import type { MemoryAccess } from "../mmu/walk.ts";
import type { StreamHost, StreamSlot } from "./host.ts";

/** An access met a locked region (`status` null) or faulted. */
export class AccessTrap extends Error {
  override readonly name = "AccessTrap";
  constructor(
    readonly va: number,
    readonly status: number | null,
  ) {
    super(`access to 0x${va.toString(16)}`);
  }
}

export class StreamMemory {
  constructor(
    private readonly host: StreamHost,
    private readonly slot: StreamSlot,
    /** Called for each access that goes through. */
    private readonly passed: (va: number) => void,
  ) {}

  /** Physical address of `va`. */
  translate(va: number, access: MemoryAccess): number {
    const fast = access === "execute" ? -1 : this.host.accessFast(this.slot.as, va, access);
    if (fast >= 0) {
      this.passed(va);
      return fast;
    }
    const r = this.host.access(this.slot.as, va, access);
    if (r.kind === "ok") {
      this.passed(va);
      return r.pa;
    }
    throw new AccessTrap(va, r.kind === "locked" ? null : r.status);
  }

  read32(va: number): number {
    return this.host.memory.read32(this.translate(va, "read"));
  }

  read64(va: number): bigint {
    return this.host.memory.read64(this.translate(va, "read"));
  }

  write32(va: number, value: number): void {
    this.host.memory.write32(this.translate(va, "write"), value);
  }

  write64(va: number, value: bigint): void {
    this.host.memory.write64(this.translate(va, "write"), value);
  }
}
