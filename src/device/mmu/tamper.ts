// Changes translation tables behind the driver's back (fault injection): what a stray write or a
// driver bug would leave behind. Translation caches are not told.

import type { PhysicalMemory } from "../../machine/memory/physical-memory.ts";

const entryBytes = 8;
const entries = 512;
const lastLevel = 3;

/** Address of the last-level entry of `va`, null if a table on the way is missing. */
function leafAddress(memory: PhysicalMemory, transtab: number, va: number): number | null {
  let table = transtab - (transtab % 4096);
  for (let level = 0; level < lastLevel; level++) {
    const index = Math.floor(va / 2 ** (12 + 9 * (lastLevel - level))) % entries;
    const lo = memory.read32(table + index * entryBytes);
    if ((lo & 3) !== 3) return null;
    const hi = memory.read32(table + index * entryBytes + 4);
    table = (hi & 0xffff) * 2 ** 32 + (lo >>> 12) * 4096;
  }
  return table + (Math.floor(va / 4096) % entries) * entryBytes;
}

/** Clears the entry of `va`; its low word before, or null without a table. */
export function zapEntry(memory: PhysicalMemory, transtab: number, va: number): number | null {
  const at = leafAddress(memory, transtab, va);
  if (at === null) return null;
  const before = memory.read32(at);
  memory.write64(at, 0n);
  return before;
}

/** Copies a live entry of the same table to `va`; the low word before, or null without one. */
export function forgeEntry(memory: PhysicalMemory, transtab: number, va: number): number | null {
  const at = leafAddress(memory, transtab, va);
  if (at === null) return null;
  const before = memory.read32(at);
  const table = at - (at % 4096);
  for (let i = 0; i < entries; i++) {
    const live = memory.read64(table + i * entryBytes);
    if ((live & 1n) === 0n) continue;
    memory.write64(at, live);
    return before;
  }
  return null;
}
