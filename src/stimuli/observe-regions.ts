// Which regions of address spaces are locked, and with which page table: tells what is mapped
// where.

import type { StreamEvent } from "../timeline/event-stream.ts";
import type { Call, Facts } from "./facts.ts";

const asCommandLock = 2;
/** Regions remembered that the driver itself locks. */
const chunksMax = 4096;

export class RegionObserver {
  /** Registers of 64 bits, by name. */
  private readonly registers = new Map<string, number>();

  constructor(private readonly facts: Facts) {}

  /** Takes a register write, made during `call` or outside of any. */
  write(e: StreamEvent, call: Call | null): void {
    const m = /^(AS(\d+)_(?:LOCKADDR|TRANSTAB|COMMAND))(?:_(LO|HI))?$/.exec(e.str("reg"));
    if (m === null || m[2] === "0") return;
    const [, name, as, half] = m;
    if (half === "LO") this.registers.set(name, e.num("val"));
    else if (half === "HI") {
      this.registers.set(name, (this.registers.get(name) ?? 0) + e.num("val") * 2 ** 32);
    } else if (e.num("val") === asCommandLock) this.locked(as, call);
  }

  private locked(as: string, call: Call | null): void {
    const value = this.registers.get(`AS${as}_LOCKADDR`);
    if (value === undefined) return;
    // LOCKADDR: the base, and log2 of the size less one in bits 5:0.
    const size = 2 ** ((value % 64) + 1);
    const region = { start: Math.floor(value / size) * size, size };
    if (call === null) {
      if (this.facts.chunks.size < chunksMax) this.facts.chunks.set(region.start, region);
      return;
    }
    call.locked.push(region);
    const table = this.registers.get(`AS${as}_TRANSTAB`);
    if (table !== undefined) call.lockedTables.add(table);
  }
}
