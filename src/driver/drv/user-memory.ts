// Memory of a program that a system call copies from and to: copy_from_user(), copy_to_user().

/** One readable and writable area; every other address is not mapped. */
export class UserMemory {
  private readonly view: DataView;

  constructor(
    private readonly base: number,
    readonly bytes: Uint8Array,
    readonly writable: boolean = true,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of `length` bytes at an address, -1 unless all of them are mapped. */
  private find(address: bigint, length: number): number {
    const at = address - BigInt(this.base);
    return at >= 0n && at + BigInt(length) <= BigInt(this.bytes.length) ? Number(at) : -1;
  }

  /** copy_from_user(): null is -EFAULT. */
  read(address: bigint, length: number): Uint8Array | null {
    const at = this.find(address, length);
    return at < 0 ? null : this.bytes.slice(at, at + length);
  }

  /** copy_to_user(): false is -EFAULT. */
  write(address: bigint, bytes: Uint8Array): boolean {
    const at = this.find(address, bytes.length);
    if (at < 0 || !this.writable) return false;
    this.bytes.set(bytes, at);
    return true;
  }

  /** 32-bit words from the start. */
  words(count: number): number[] {
    const last = Math.min(count, Math.floor(this.bytes.length / 4));
    return Array.from({ length: last }, (_, i) => this.view.getUint32(i * 4, true));
  }
}

/** An area with these 32-bit words at its start, and zeroes behind them. */
export function userMemory(
  base: number,
  words: readonly number[],
  size = words.length * 4,
  writable = true,
): UserMemory {
  const bytes = new Uint8Array(Math.max(size, words.length * 4));
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(i * 4, word, true));
  return new UserMemory(base, bytes, writable);
}
