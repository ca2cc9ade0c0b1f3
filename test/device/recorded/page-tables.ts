// Page tables for a replayed recording: a table per base address of the recording, pages mapped as
// they are needed (the recordings do not show the driver's own entries).

import { sharedBase, sharedSize } from "../../../src/device/firmware/layout.ts";
import type { PhysicalMemory } from "../../../src/machine/memory/physical-memory.ts";

const page = 4096;
const leaf = 0x3 | (1 << 10) | (1 << 6);

export class PageTables {
  /** Root by base address in the recording. */
  private readonly roots = new Map<number, number>();
  /** Pages by root and virtual page. */
  private readonly pages = new Map<string, number>();
  /** Root of each address space as programmed last. */
  private readonly current: number[] = [];
  private readonly mcuRoot: number;

  constructor(private readonly memory: PhysicalMemory) {
    this.mcuRoot = memory.allocPage();
    for (let at = 0; at < sharedSize; at += page) this.mapAt(this.mcuRoot, sharedBase + at);
    for (let i = 0; i < 256; i++) this.mapAt(this.mcuRoot, 0x04c00000 + i * page);
  }

  /** The base address that stands for `value` of the recording in address space `as`. */
  transtab(as: number, value: number): number {
    if (as === 0 || value === 0) return as === 0 && value !== 0 ? this.mcuRoot : 0;
    let root = this.roots.get(value);
    if (root === undefined) {
      root = this.memory.allocPage();
      this.roots.set(value, root);
    }
    this.current[as] = root;
    return root;
  }

  rootOf(as: number): number {
    return as === 0 ? this.mcuRoot : (this.current[as] ?? 0);
  }

  /** Zeroes the shared section. */
  clearShared(): void {
    for (let at = 0; at < sharedSize; at += page) {
      this.memory.zero(this.map(0, sharedBase + at), page);
    }
  }

  /** Maps the page of `va` in address space `as`; the physical address of `va`. */
  map(as: number, va: number): number {
    return this.mapAt(this.rootOf(as), va);
  }

  unmap(as: number, va: number): void {
    const root = this.rootOf(as);
    const start = va - (va % page);
    if (this.pages.delete(`${root}:${start}`)) this.write(root, start, null);
  }

  mcuWrite(va: number, value: number): void {
    this.memory.write32(this.map(0, va), value >>> 0);
  }

  mcuWrite64(va: number, value: number): void {
    this.memory.write64Number(this.map(0, va), value);
  }

  private mapAt(root: number, va: number): number {
    const start = va - (va % page);
    const key = `${root}:${start}`;
    let pa = this.pages.get(key);
    if (pa === undefined) {
      pa = this.memory.allocPage();
      this.pages.set(key, pa);
      this.write(root, start, pa);
    }
    return pa + (va % page);
  }

  private write(root: number, va: number, pa: number | null): void {
    this.memory.write64Number(this.leafIn(root, va), pa === null ? 0 : pa + leaf);
  }

  /** Physical address of the last-level entry of `va`. */
  leafAddress(as: number, va: number): number {
    return this.leafIn(this.rootOf(as), va);
  }

  private leafIn(root: number, va: number): number {
    let table = root;
    for (let level = 0; level < 3; level++) {
      const at = table + (Math.floor(va / 2 ** (39 - 9 * level)) % 512) * 8;
      let next = this.memory.read64Number(at);
      if (next === 0) {
        next = this.memory.allocPage() + 3;
        this.memory.write64Number(at, next);
      }
      table = next - 3;
    }
    return table + (Math.floor(va / page) % 512) * 8;
  }
}
