// Values of fields in a record's bytes.

import type { RawReader } from "../batch.ts";
import { utf8 } from "../dialect/bytes.ts";
import type { EventFormat } from "./format.ts";

/** A number of a record. */
export function number(
  view: DataView,
  at: number,
  size: number,
  signed: boolean,
  little: boolean,
): number {
  switch (size) {
    case 4:
      return signed ? view.getInt32(at, little) : view.getUint32(at, little);
    case 8: {
      const high = little ? view.getInt32(at + 4, little) : view.getInt32(at, little);
      const low = view.getUint32(little ? at : at + 4, little);
      return (signed ? high : high >>> 0) * 0x1_0000_0000 + low;
    }
    case 2:
      return signed ? view.getInt16(at, little) : view.getUint16(at, little);
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    default:
      return 0;
  }
}

/** An address: its lower 53 bits. */
export function address(view: DataView, at: number, size: number, little: boolean): number {
  if (size !== 8) return number(view, at, size, false, little);
  const high = view.getUint32(little ? at + 4 : at, little) & 0x1f_ffff;
  return high * 0x1_0000_0000 + view.getUint32(little ? at : at + 4, little);
}

/** Fields of events that no dialect knows, by the file's own format. */
export function rawReader(format: EventFormat | null, little: boolean): RawReader {
  return (raw, start, end, name) => {
    const field = format?.fields.find((f) => f.name === name);
    if (field === undefined || start + field.offset + field.size > end) return undefined;
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const at = start + field.offset;
    if (field.kind === "number") return number(view, at, field.size, field.signed, little);
    let from = at;
    let stop = field.size === 0 ? end : at + field.size;
    if (field.kind === "dynamic" || field.kind === "relative") {
      const place = view.getUint32(at, little);
      from = (field.kind === "relative" ? at + 4 : start) + (place & 0xffff);
      stop = Math.min(from + (place >>> 16), end);
    }
    const nul = raw.indexOf(0, from);
    return utf8(raw, from, nul >= 0 && nul < stop ? nul : Math.max(stop, from));
  };
}
