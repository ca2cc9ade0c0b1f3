// Event names seen before, by the bytes up to their colon: a recording has a few dozen of them, and
// comparing words is cheaper than looking at each character again.

const entriesMax = 256;
const wordsMax = 12;
/** Longer names are parsed each time; a last word of zeros tells a name from a longer one. */
const bytesMax = wordsMax * 4 - 4;
const colons = 0x3a3a3a3a;

export class NameCache {
  /** Where the name last found ends: its colon. */
  end = 0;
  private readonly ids = new Int32Array(entriesMax).fill(-1);
  private readonly lengths = new Uint8Array(entriesMax);
  private readonly words = new Int32Array(entriesMax * wordsMax);

  /** The id of the name that begins at `start` and ends with a colon; -1 if it is not known. */
  find(view: DataView, start: number, end: number): number {
    if (start + bytesMax + 4 > view.byteLength) return -1;
    const stop = start + bytesMax;
    let hash = 0;
    let at = start;
    let word = view.getInt32(at, true);
    let zeros = zeroBytes(word ^ colons);
    while (zeros === 0) {
      hash = Math.imul(hash ^ word, 0x9e3779b1);
      at += 4;
      if (at >= stop) return -1;
      word = view.getInt32(at, true);
      zeros = zeroBytes(word ^ colons);
    }
    // The lowest mark is exact, those above it may be borrows.
    const below = 31 - Math.clz32(zeros & -zeros) - 7;
    const colon = at + (below >> 3);
    if (colon >= end) return -1;
    word &= (1 << below) - 1;
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    const slot = (hash ^ (hash >>> 9) ^ (hash >>> 20)) & (entriesMax - 1);
    if (this.lengths[slot] !== colon - start) return -1;
    const { words } = this;
    let n = slot * wordsMax;
    for (let i = start; i < at; i += 4) if (words[n++] !== view.getInt32(i, true)) return -1;
    if (words[n] !== word) return -1;
    this.end = colon;
    return this.ids[slot];
  }

  /** Remembers the id of the name `start..end`, which a colon follows. */
  add(view: DataView, start: number, end: number, id: number): void {
    const length = end - start;
    if (length >= bytesMax || start + bytesMax + 4 > view.byteLength) return;
    let hash = 0;
    const words: number[] = [];
    for (let i = 0; i <= length; i += 4) {
      const rest = Math.min(length - i, 4);
      const word = view.getInt32(start + i, true) & (rest === 4 ? -1 : (1 << (rest * 8)) - 1);
      words.push(word);
      hash = Math.imul(hash ^ word, 0x9e3779b1);
    }
    const slot = (hash ^ (hash >>> 9) ^ (hash >>> 20)) & (entriesMax - 1);
    this.words.set(words, slot * wordsMax);
    this.lengths[slot] = length;
    this.ids[slot] = id;
  }
}

/** The highest bit of each byte of `word` that is zero. */
function zeroBytes(word: number): number {
  return (word - 0x01010101) & ~word & 0x80808080;
}
