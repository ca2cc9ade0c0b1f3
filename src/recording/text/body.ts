// The fields of one text line: the event's name finds its dialect row, the row's templates read the
// fields into the batch. What matches none is read as `key=value`, or kept as it is.

import { argsMax, type EventBatch, type EventType, type RawReader } from "../batch.ts";
import { defaultSymbol, handled, recordFields, requiredFields } from "../dialect/convert.ts";
import { taskState, type RecordField } from "../dialect/convert.ts";
import type { DialectRow } from "../dialect/row.ts";
import { Template, utf8 } from "../dialect/template.ts";
import { type EventTable, incompleteName } from "../event-table.ts";
import { pairField, pairNumber, pairs } from "./pairs.ts";

const readRaw: RawReader = (raw, start, end, field) => pairField(utf8(raw, start, end), field);

interface Known {
  readonly name: string;
  readonly row: DialectRow | null;
  readonly templates: readonly Template[];
  readonly fields: readonly RecordField[];
  /** Fields without which a line is no event of its kind. */
  readonly required: ReadonlySet<string>;
  type: EventType | null;
  /** Lines of the event in a shape that its row does not know. */
  raw: EventType | null;
  /** Blanks after the colon belong to the text. */
  readonly verbatim: boolean;
  /** The lines after it may be the rest of its text. */
  readonly multiline: boolean;
}

export class BodyDecoder {
  private readonly known: (Known | undefined)[] = [];
  /** Whether lines after the last event may go on its text. */
  multiline = false;
  /** The field that the last line lacked. */
  private lacking = "";

  constructor(private readonly table: EventTable) {}

  /** Decodes the event named `nameStart..nameEnd` into event `i` of the batch. */
  decode(
    b: Uint8Array,
    nameStart: number,
    nameEnd: number,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
    line: number,
  ): void {
    this.decodeNamed(this.table.names.intern(b, nameStart, nameEnd), b, start, end, batch, i, line);
  }

  /** The same for an event whose name is interned already. */
  decodeNamed(
    id: number,
    b: Uint8Array,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
    line: number,
  ): void {
    const known = this.known[id] ?? this.learn(id);
    this.multiline = known.multiline;
    const o = i * argsMax;
    const args = batch.args;
    for (let n = 0; n < argsMax; n++) args[o + n] = 0;
    if (known.verbatim) {
      if (start < end && b[start] === 0x20) start++;
    } else while (start < end && b[start] === 0x20) start++;
    for (const template of known.templates) {
      if (template.match(b, start, end, batch, i)) {
        const type = (known.type ??= this.table.add(known.name, known.row, null));
        type.count++;
        batch.type[i] = type.id;
        return;
      }
    }
    if (known.row !== null) {
      for (let n = 0; n < argsMax; n++) args[o + n] = 0;
      if (this.fromPairs(known, utf8(b, start, end), batch, o)) {
        const type = (known.type ??= this.table.add(known.name, known.row, null));
        type.count++;
        batch.type[i] = type.id;
        return;
      }
      // Never a silent 0: what lacks a field is no event of its kind.
      for (let n = 0; n < argsMax; n++) args[o + n] = 0;
      this.table.lack(known.name, this.lacking, line);
    }
    const shown = known.row === null ? known.name : incompleteName(known.name);
    const type = (known.raw ??= this.table.add(known.name, null, readRaw, shown));
    type.count++;
    batch.type[i] = type.id;
    batch.keepRaw(i, b, start, end);
  }

  private learn(id: number): Known {
    const name = this.table.names.text(id);
    const row = this.table.row(name);
    const known: Known = {
      name,
      row,
      templates: row?.text.map((t) => new Template(row.kind, t, this.table.objects)) ?? [],
      fields: row === null ? [] : recordFields(row),
      required: row === null ? new Set() : requiredFields(row),
      type: null,
      raw: null,
      verbatim: name === "tracing_mark_write",
      multiline:
        name === "tracing_mark_write" ||
        name === "print" ||
        name === "console" ||
        name === "bprint",
    };
    this.known[id] = known;
    return known;
  }

  private fromPairs(known: Known, text: string, batch: EventBatch, o: number): boolean {
    const found = pairs(text);
    let seen = 0;
    for (const { arg, field, source, conversion } of known.fields) {
      const value = found.get(source) ?? found.get(field);
      if (value === undefined) {
        if (!known.required.has(field) || conversion === "none") continue;
        this.lacking = field;
        return false;
      }
      seen++;
      const n = pairNumber(value);
      const name = (s: string): number => batch.names.id(s);
      const slot = o + arg;
      switch (conversion) {
        case "str":
          batch.args[slot] = name(value);
          break;
        case "function":
          batch.args[slot] = name(value.replace(/[ +/].*$/s, ""));
          break;
        case "symbol":
          batch.args[slot] = name(defaultSymbol(field, n));
          break;
        case "state":
          batch.args[slot] = name(Number.isNaN(n) ? value : taskState(n));
          break;
        case "handled":
          batch.args[slot] = name(Number.isNaN(n) ? value : handled(n));
          break;
        case "object":
          batch.args[slot] = this.table.objects.of(field).id(addressKey(value));
          break;
        case "text":
          batch.args[slot] = batch.keepText(value);
          break;
        case "none":
          batch.args[slot] = -1;
          break;
        default:
          if (Number.isNaN(n)) {
            this.lacking = field;
            return false;
          }
          batch.args[slot] = n;
      }
    }
    if (seen > 0 && seen * 2 >= known.fields.length) return true;
    const missing = known.fields.find((f) => !found.has(f.source) && !found.has(f.field));
    this.lacking = missing?.field ?? "";
    return false;
  }
}

/** The lower 53 bits of an address, as the other decoders take them. */
function addressKey(value: string): number {
  const hex = /^0x[0-9a-fA-F]{1,16}/.exec(value)?.[0];
  return hex === undefined ? -1 : Number(BigInt.asUintN(53, BigInt(hex)));
}
