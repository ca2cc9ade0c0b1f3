// The columns before the time repeat: a task on a CPU with the same flags. They are compared a word
// at a time with those of earlier lines before anything is parsed.

const entriesMax = 1024;
const bytesMax = 64;

/** What the columns of a line say. */
export interface Columns {
  /** The task's name, interned; whoever parses the line fills it in. */
  comm: number;
  readonly pid: number;
  readonly cpu: number;
  readonly flags: number;
}

export class PrefixCache {
  /** Bytes of the columns; lines where they take more or less are not in here. */
  length = 0;
  private readonly known: (Columns | undefined)[] = [];
  private readonly bytes = new DataView(new ArrayBuffer(entriesMax * bytesMax));
  private from: Uint8Array | null = null;
  private view: DataView = this.bytes;

  /** The columns of a line as an earlier line had them, null when none had. */
  find(b: Uint8Array, start: number, end: number): Columns | null {
    const length = this.length;
    if (length === 0 || start + bytesMax + 4 > end) return null;
    const slot = this.hash(b, start);
    const known = this.known[slot];
    if (known === undefined) return null;
    const at = slot * bytesMax;
    for (let i = 0; i < length; i += 4) {
      if (this.bytes.getInt32(at + i, true) !== this.view.getInt32(start + i, true)) return null;
    }
    return known;
  }

  /** Remembers the columns `start..end`; null where they cannot be told from what follows. */
  add(
    b: Uint8Array,
    start: number,
    end: number,
    pid: number,
    cpu: number,
    flags: number,
  ): Columns | null {
    // Whole words: the blanks before the time belong to the columns.
    const length = (end - start) & ~3;
    const rest = end - start - length;
    if (length < 16 || length > bytesMax - 4) return null;
    if (rest > 0) {
      for (let i = rest; i < 4; i++) if (b[start + length + i] !== 0x20) return null;
    }
    const padded = rest > 0 ? length + 4 : length;
    if (padded !== this.length) {
      this.known.length = 0;
      this.length = padded;
    }
    const slot = this.hash(b, start);
    for (let i = 0; i < padded; i += 4) {
      this.bytes.setInt32(slot * bytesMax + i, this.view.getInt32(start + i, true), true);
    }
    const columns = { comm: 0, pid, cpu, flags };
    this.known[slot] = columns;
    return columns;
  }

  private hash(b: Uint8Array, start: number): number {
    if (b !== this.from) {
      this.from = b;
      this.view = new DataView(b.buffer, b.byteOffset, b.byteLength);
    }
    const { view, length } = this;
    let hash = length;
    for (let i = 0; i < length; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(start + i, true), 0x9e3779b1);
    }
    return (hash ^ (hash >>> 13) ^ (hash >>> 22)) & (entriesMax - 1);
  }
}
