// A CPU view of scattered pages as one linear range: what vmap() and mmap() give.
// Offsets are in bytes from the start of the mapping. CPU caches are not modelled.

import { Defect } from "../defect.ts";
import { pageSize, type PhysicalMemory } from "./physical-memory.ts";

export class CpuMapping {
  readonly size: number;

  constructor(
    readonly memory: PhysicalMemory,
    /** Physical address of each page. */
    readonly pages: readonly number[],
  ) {
    this.size = pages.length * pageSize;
  }

  /** Physical address behind `offset`. */
  phys(offset: number): number {
    if (offset < 0 || offset >= this.size) {
      throw new Defect(`CPU mapping of ${this.size} bytes`, `access at offset ${offset}`);
    }
    return this.pages[Math.floor(offset / pageSize)] + (offset % pageSize);
  }

  read32(offset: number): number {
    return this.memory.read32(this.phys(offset));
  }

  write32(offset: number, value: number): void {
    this.memory.write32(this.phys(offset), value);
  }

  /** `count` of `words`, from the one at `first` on, as 32-bit words behind each other. */
  writeWords(offset: number, words: readonly number[], first: number, count: number): void {
    for (let done = 0; done < count;) {
      const at = offset + 4 * done;
      const n = Math.min(count - done, (pageSize - (at % pageSize)) / 4);
      this.memory.writeWords(this.phys(at), words, first + done, n);
      done += n;
    }
  }

  read64(offset: number): bigint {
    return this.memory.read64(this.phys(offset));
  }

  write64(offset: number, value: bigint): void {
    this.memory.write64(this.phys(offset), value);
  }

  read64Number(offset: number): number {
    return this.memory.read64Number(this.phys(offset));
  }

  write64Number(offset: number, value: number): void {
    this.memory.write64Number(this.phys(offset), value);
  }

  readBytes(offset: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const n = Math.min(length - done, pageSize - ((offset + done) % pageSize));
      out.set(this.memory.readBytes(this.phys(offset + done), n), done);
      done += n;
    }
    return out;
  }

  writeBytes(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const n = Math.min(bytes.length - done, pageSize - ((offset + done) % pageSize));
      this.memory.writeBytes(this.phys(offset + done), bytes.subarray(done, done + n));
      done += n;
    }
  }

  /** memset(…, 0, …). */
  zero(offset: number, length: number): void {
    for (let done = 0; done < length;) {
      const n = Math.min(length - done, pageSize - ((offset + done) % pageSize));
      this.memory.zero(this.phys(offset + done), n);
      done += n;
    }
  }
}
