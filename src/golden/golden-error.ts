// What is wrong with a golden file, and where; and how large one may be.

/** Limits of a golden file; beyond them reading stops with a located error. */
export const goldenLimits = {
  bytesMax: 256 * 1024 * 1024,
  lineLengthMax: 64 * 1024,
  /** Those that lines of repetitions stand for count, too. */
  accessesMax: 4_000_000,
} as const;

/** A golden file that cannot be read. Input error: exit code 129. */
export class GoldenError extends Error {
  override readonly name = "GoldenError";
  constructor(
    readonly file: string,
    readonly line: number,
    readonly column: number,
    readonly reason: string,
    hint = "",
  ) {
    super(`${file}:${line}:${column}: ${reason}${hint === "" ? "" : `; ${hint}`}`);
  }
}
