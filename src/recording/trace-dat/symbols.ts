// Function names by address, out of /proc/kallsyms as the file holds it. Addresses are numbers of
// their lower 53 bits: kernel addresses of one machine differ in no others.

const memoMax = 1 << 16;

export class Symbols {
  private addresses: Float64Array | null = null;
  private starts: Uint32Array = new Uint32Array();
  private readonly memo = new Map<number, string>();

  constructor(private readonly text: Uint8Array) {}

  /** The function that `address` (low 53 bits) lies in, null when nothing is known. */
  name(address: number): string | null {
    const known = this.memo.get(address);
    if (known !== undefined) return known === "" ? null : known;
    const name = this.find(address);
    if (this.memo.size < memoMax) this.memo.set(address, name ?? "");
    return name;
  }

  private find(address: number): string | null {
    const addresses = (this.addresses ??= this.parse());
    let low = 0;
    let high = addresses.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (addresses[middle] <= address) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    const start = this.starts[low - 1];
    let end = start;
    while (end < this.text.length && this.text[end] > 0x20) end++;
    return Buffer.from(this.text.buffer, this.text.byteOffset + start, end - start).toString(
      "utf8",
    );
  }

  private parse(): Float64Array {
    const found: { address: number; start: number }[] = [];
    const b = this.text;
    for (let i = 0; i < b.length;) {
      let hi = 0;
      let lo = 0;
      let digits = 0;
      for (; i < b.length && b[i] > 0x20; i++, digits++) {
        const d = b[i] <= 0x39 ? b[i] - 0x30 : (b[i] | 0x20) - 0x57;
        hi = ((hi * 16 + Math.floor(lo / 0x1000_0000)) % 0x1_0000_0000) >>> 0;
        lo = ((lo * 16) % 0x1_0000_0000) + (d & 15);
      }
      // ` T name`
      const start = i + 3;
      const end = b.indexOf(0x0a, i);
      if (digits > 0 && b[i] === 0x20 && start < b.length) {
        found.push({ address: (hi & 0x1f_ffff) * 0x1_0000_0000 + lo, start });
      }
      if (end < 0) break;
      i = end + 1;
    }
    found.sort((a, c) => a.address - c.address);
    this.starts = Uint32Array.from(found, (f) => f.start);
    return Float64Array.from(found, (f) => f.address);
  }
}
