// Texts between the captures of a template.

const blank = 0x20;

/** Bytes to be found as they are, ready to be compared a word at a time. */
export class Literal {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Words from the start on; the last one ends where the literal ends. */
  readonly words: readonly number[];
  /** Blanks within it stand for one or more. */
  readonly isPadded: boolean;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    this.bytes = bytes;
    this.length = bytes.length;
    const words: number[] = [];
    const last = bytes.length - 4;
    for (let at = 0; at < last; at += 4) words.push(bytes.readInt32LE(at));
    if (last >= 0) words.push(bytes.readInt32LE(last));
    this.words = words;
    this.isPadded = bytes.subarray(0, -1).includes(blank);
  }
}

/** End of a literal at `at`, where numbers before or after it are padded with blanks; -1 if not there. */
export function paddedAt(b: Uint8Array, at: number, end: number, literal: Uint8Array): number {
  let i = at;
  for (let n = 0; n < literal.length; n++) {
    const c = literal[n];
    if (i >= end || b[i] !== c) return -1;
    i++;
    // At a literal's end blanks may belong to what follows.
    if (c === blank && n + 1 < literal.length) while (i < end && b[i] === blank) i++;
  }
  return i;
}
