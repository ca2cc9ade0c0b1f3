// What a recording can be told about its user: where the input stops making sense, and why.
// Everything decoded before that place has been delivered when the error is thrown.

/** Place in a recording: a line of a text, or a byte of a binary file. */
export type Unit = "line" | "byte";

/** A recording that cannot be read from here on. Input error. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
  constructor(
    readonly file: string,
    /** Line number from 1, or byte offset from 0. */
    readonly line: number,
    readonly reason: string,
    readonly unit: Unit = "line",
  ) {
    super(
      unit === "line"
        ? `${file}:${line}: ${reason}`
        : `${file}: byte 0x${line.toString(16)}: ${reason}`,
    );
  }
}

/** Throws located errors of one binary file. */
export class Locator {
  constructor(readonly file: string) {}

  fail(byte: number, reason: string): never {
    throw new RecordingError(this.file, byte, reason, "byte");
  }
}
