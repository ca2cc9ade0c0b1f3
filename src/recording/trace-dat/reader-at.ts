// Numbers and strings out of a trace.dat file, in the file's byte order, with located errors.

import type { Locator } from "../error.ts";
import type { ByteSource } from "../source/byte-source.ts";

/** Metadata sections are read whole; none is larger than this. */
const sectionBytesMax = 1 << 28;

/** A cursor over bytes held in memory. `base` is their offset in the file, for messages. */
export class Bytes {
  readonly view: DataView;
  at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly little: boolean,
    private readonly where: Locator,
    readonly base: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  need(length: number, what: string): void {
    if (!(length <= this.left)) {
      this.where.fail(this.base + this.at, `${what} needs ${length} bytes, ${this.left} are left`);
    }
  }

  u8(what: string): number {
    this.need(1, what);
    return this.bytes[this.at++];
  }
  u16(what: string): number {
    this.need(2, what);
    this.at += 2;
    return this.view.getUint16(this.at - 2, this.little);
  }
  u32(what: string): number {
    this.need(4, what);
    this.at += 4;
    return this.view.getUint32(this.at - 4, this.little);
  }
  u64(what: string): number {
    this.need(8, what);
    this.at += 8;
    return u64(this.view, this.at - 8, this.little);
  }

  take(length: number, what: string): Uint8Array {
    this.need(length, what);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(length: number, what: string): string {
    return latin(this.take(length, what));
  }

  /** A string up to its NUL. */
  string(what: string): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) this.where.fail(this.base + this.at, `${what} has no end`);
    const text = latin(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  expect(text: string): void {
    const got = this.text(text.length, JSON.stringify(text));
    if (got !== text) {
      this.where.fail(this.base + this.at - text.length, `expected ${JSON.stringify(text)}`);
    }
  }
}

/** 64 bits as a number: exact up to 2^53, as all times, sizes and counters here are. */
export function u64(view: DataView, at: number, little: boolean): number {
  const low = view.getUint32(little ? at : at + 4, little);
  const high = view.getUint32(little ? at + 4 : at, little);
  return high * 0x1_0000_0000 + low;
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** `length` bytes of the file at `offset`. */
export function readAt(
  source: ByteSource,
  offset: number,
  length: number,
  where: Locator,
  what: string,
): Uint8Array {
  if (!(offset >= 0 && offset + length <= source.size)) {
    where.fail(
      Math.min(offset, source.size),
      `${what} of ${length} bytes at 0x${offset.toString(16)} goes beyond the end of the file ` +
        `(${source.size} bytes)`,
    );
  }
  if (length > sectionBytesMax) where.fail(offset, `${what} of ${length} bytes is too large`);
  const bytes = new Uint8Array(length);
  source.read(offset, bytes);
  return bytes;
}
