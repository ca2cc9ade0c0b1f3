// The columns before the time repeat: a task on a CPU with the same flags. They are compared a word
// at a time with those of earlier lines before anything is parsed.

const entriesMax = 2048;
const wordsMax = 16;
const bytesMax = wordsMax * 4;
/** Places looked at for one hash; the first of them is given up when all are taken. */
const probes = 4;

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
  private readonly words = new Int32Array(entriesMax * wordsMax);

  /** The columns of a line as an earlier line had them, null when none had. */
  find(view: DataView, start: number, end: number): Columns | null {
    const length = this.length;
    if (length === 0 || start + bytesMax + 4 > end) return null;
    const { known, words } = this;
    const first = this.hash(view, start);
    for (let probe = 0; probe < probes; probe++) {
      const slot = (first + probe) & (entriesMax - 1);
      const columns = known[slot];
      if (columns === undefined) return null;
      let word = slot * wordsMax;
      let i = 0;
      while (i < length && words[word] === view.getInt32(start + i, true)) {
        i += 4;
        word++;
      }
      if (i >= length) return columns;
    }
    return null;
  }

  /** Remembers the columns `start..end`; null where they cannot be told from what follows. */
  add(
    b: Uint8Array,
    view: DataView,
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
    const first = this.hash(view, start);
    let slot = first;
    for (let probe = 1; probe < probes && this.known[slot] !== undefined; probe++) {
      slot = (first + probe) & (entriesMax - 1);
    }
    if (this.known[slot] !== undefined) slot = first;
    for (let i = 0; i < padded; i += 4) {
      this.words[slot * wordsMax + (i >> 2)] = view.getInt32(start + i, true);
    }
    const columns = { comm: 0, pid, cpu, flags };
    this.known[slot] = columns;
    return columns;
  }

  /** Two words at a time: neither product waits for the other. */
  private hash(view: DataView, start: number): number {
    const end = start + this.length;
    let a = 0;
    let b = 0;
    let i = start;
    for (; i + 8 <= end; i += 8) {
      a = Math.imul(a ^ view.getInt32(i, true), 0x9e3779b1);
      b = Math.imul(b ^ view.getInt32(i + 4, true), 0x85ebca6b);
    }
    if (i < end) a = Math.imul(a ^ view.getInt32(i, true), 0x9e3779b1);
    a ^= b ^ (b >>> 15);
    return (a ^ (a >>> 11) ^ (a >>> 21)) & (entriesMax - 1);
  }
}
