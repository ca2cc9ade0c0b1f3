// Memory as a command stream sees it: virtual addresses of its group's address space. An access
// that cannot be done now traps: the interpreter stops the instruction and decides what follows.

import type { AddressSpace } from "../mmu/address-space.ts";
import type { StreamHost, StreamSlot } from "./host.ts";

export type StreamAccess = "read" | "write";

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
  /** Address that a region lock keeps the stream from. */
  stalledAt: number | null = null;

  constructor(
    private readonly host: StreamHost,
    private readonly slot: StreamSlot,
    /** The access that was stalled went through. */
    private readonly unstalled: (va: number) => void,
  ) {}

  /** Physical address of `va`. */
  translate(va: number, access: StreamAccess): number {
    const space = this.host.spaces[this.slot.as];
    const fast = space.accessFast(va, access === "write");
    const pa = fast >= 0 ? fast : this.walk(space, va, access);
    if (this.stalledAt !== null) this.passed(va);
    return pa;
  }

  /** An access goes through: if it was the one that a lock stalled, the stall is over. */
  passed(va: number): void {
    if (this.stalledAt !== va) return;
    this.stalledAt = null;
    this.unstalled(va);
  }

  private walk(space: AddressSpace, va: number, access: StreamAccess): number {
    const r = space.access(va, access);
    if (r.kind === "ok") return r.pa;
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
