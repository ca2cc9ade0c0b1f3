// The translation cache of one address space, by 4 KiB page. Entries stay until an invalidation,
// so a driver that changes a table without one keeps seeing the old page here.

import type { Mapped } from "./walk.ts";

export class Tlb {
  private readonly entries = new Map<number, Mapped>();
  /** Counts invalidations: what was looked up before one may be gone. */
  generation = 0;

  constructor(private readonly enabled: boolean) {}

  get size(): number {
    return this.entries.size;
  }

  lookup(page: number): Mapped | undefined {
    return this.entries.get(page);
  }

  fill(page: number, entry: Mapped): void {
    if (this.enabled) this.entries.set(page, entry);
  }

  invalidateAll(): void {
    this.generation++;
    this.entries.clear();
  }

  /** Drops what lies in [start, start + size). */
  invalidate(start: number, size: number): void {
    this.generation++;
    if (this.entries.size === 0) return;
    const first = Math.floor(start / 4096);
    const last = Math.ceil((start + size) / 4096);
    if (last - first >= this.entries.size) {
      for (const page of [...this.entries.keys()]) {
        if (page >= first && page < last) this.entries.delete(page);
      }
      return;
    }
    for (let page = first; page < last; page++) this.entries.delete(page);
  }
}
