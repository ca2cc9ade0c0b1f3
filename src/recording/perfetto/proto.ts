// Protobuf reading: @bufbuild/protobuf's wire reader, with 64-bit values as numbers.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

export { WireType };

const two32 = 0x1_0000_0000;

export class ProtoReader extends BinaryReader {
  constructor(private readonly bytesRead: Uint8Array) {
    super(bytesRead);
  }

  /** An unsigned 64-bit varint: exact up to 2^53, the lower 53 bits of what is longer. */
  u64(): number {
    return this.short() ?? number(BigInt(this.uint64()));
  }

  /** A signed 64-bit varint, as `u64`. */
  s64(): number {
    return this.short() ?? number(BigInt(this.int64()));
  }

  /** A varint of up to seven bytes (49 bits); undefined when it is longer. */
  private short(): number | undefined {
    const b = this.bytesRead;
    let value = 0;
    let scale = 1;
    for (let at = this.pos; at < this.pos + 7 && at < this.len; at++) {
      const c = b[at];
      value += (c & 0x7f) * scale;
      if (c < 0x80) {
        this.pos = at + 1;
        return value;
      }
      scale *= 128;
    }
    return undefined;
  }

  get done(): boolean {
    return this.pos >= this.len;
  }
}

function number(value: bigint): number {
  const n = Number(value);
  return Number.isSafeInteger(n) ? n : Number(BigInt.asUintN(53, value));
}

/** A field's value: a number (signed), or the bytes of a string or message. */
export type Value = number | Uint8Array;

/** Reads a message's scalar, string and message fields by number; the last of a repeated one wins. */
export function readFields(bytes: Uint8Array, fieldsMax: number): (Value | undefined)[] {
  const values: (Value | undefined)[] = [];
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const [field, wire] = r.tag();
    const value = readValue(r, field, wire);
    if (field < fieldsMax && value !== undefined) values[field] = value;
  }
  return values;
}

/** The value of the field just tagged; undefined for groups, which are skipped. */
export function readValue(r: ProtoReader, field: number, wire: WireType): Value | undefined {
  switch (wire) {
    case WireType.Varint:
      return r.s64();
    case WireType.LengthDelimited:
      return r.bytes();
    case WireType.Bit64: {
      const low = r.fixed32();
      return r.sfixed32() * two32 + low;
    }
    case WireType.Bit32:
      return r.fixed32();
    default:
      r.skip(wire, field);
      return undefined;
  }
}

/** Packed varints, or one of them where the field is not packed. */
export function packed(r: ProtoReader, wire: WireType, into: number[]): void {
  if (wire === WireType.Varint) {
    into.push(r.s64());
    return;
  }
  const inner = new ProtoReader(r.bytes());
  while (!inner.done) into.push(inner.s64());
}

export function text(bytes: Value | undefined): string {
  if (!(bytes instanceof Uint8Array)) return bytes === undefined ? "" : String(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
