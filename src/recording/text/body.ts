// The fields of one text line: the event's name finds its dialect row, the row's templates read the
// fields into the batch. What matches none is read as `key=value`, or kept as it is.

import { argsMax, type EventBatch, type EventType, type RawReader } from "../batch.ts";
import { defaultSymbol, handled, recordFields, requiredFields } from "../dialect/convert.ts";
import { taskState, type RecordField } from "../dialect/convert.ts";
import type { DialectRow } from "../dialect/row.ts";
import { utf8 } from "../dialect/bytes.ts";
import { Template } from "../dialect/template.ts";
import { type EventTable, incompleteName } from "../event-table.ts";
import { BodyCache } from "./body-cache.ts";
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
  /** Equal texts mean equal fields, and enough of them come again. */
  repeats: boolean;
  tries: number;
  hits: number;
}

/** After so many events of a kind it shows whether their fields repeat. */
const triesMax = 4096;

export class BodyDecoder {
  private readonly known: (Known | undefined)[] = [];
  private readonly bodies = new BodyCache();
  /** Whether lines after the last event may go on its text. */
  multiline = false;
  /** The field that the last line lacked. */
  private lacking = "";

  constructor(private readonly table: EventTable) {}

  /** Decodes the event whose name has the id `id` into event `i` of the batch. */
  decode(
    id: number,
    b: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
    line: number,
  ): void {
    const known = this.known[id] ?? this.learn(id);
    this.multiline = known.multiline;
    if (known.verbatim) {
      if (start < end && b[start] === 0x20) start++;
    } else while (start < end && b[start] === 0x20) start++;
    if (known.row === null) return this.keep(known, b, start, end, batch, i);
    if (known.repeats && this.again(known, id, view, start, end, batch, i)) return;
    const o = i * argsMax;
    const args = batch.args;
    for (let n = 0; n < argsMax; n++) args[o + n] = 0;
    for (const template of known.templates) {
      if (template.match(b, view, start, end, batch, i)) {
        const type = (known.type ??= this.table.add(known.name, known.row, null));
        type.count++;
        batch.type[i] = type.id;
        if (known.repeats) this.bodies.add(id, view, start, end, batch, i);
        return;
      }
    }
    for (let n = 0; n < argsMax; n++) args[o + n] = 0;
    if (this.fromPairs(known, utf8(b, start, end), batch, o)) {
      const type = (known.type ??= this.table.add(known.name, known.row, null));
      type.count++;
      batch.type[i] = type.id;
      return;
    }
    // Never a silent 0: what lacks a field is no event of its kind.
    this.table.lack(known.name, this.lacking, line);
    this.keep(known, b, start, end, batch, i);
  }

  /** An event that no dialect knows, or that is not as its row says: its bytes as they are. */
  private keep(
    known: Known,
    b: Uint8Array,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
  ): void {
    const o = i * argsMax;
    for (let n = 2; n < argsMax; n++) batch.args[o + n] = 0;
    const shown = known.row === null ? known.name : incompleteName(known.name);
    const type = (known.raw ??= this.table.add(known.name, null, readRaw, shown));
    type.count++;
    batch.type[i] = type.id;
    batch.keepRaw(i, b, start, end);
  }

  /** Whether the same fields of the event were decoded before; they are in the batch then. */
  private again(
    known: Known,
    id: number,
    view: DataView,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
  ): boolean {
    if (++known.tries === triesMax) {
      known.repeats = known.hits * 2 > triesMax;
      known.tries = known.hits = 0;
    }
    const type = known.type;
    if (!this.bodies.find(id, view, start, end, batch, i) || type === null) return false;
    known.hits++;
    type.count++;
    batch.type[i] = type.id;
    return true;
  }

  private learn(id: number): Known {
    const name = this.table.names.text(id);
    const row = this.table.row(name);
    const templates = row?.text.map((t) => new Template(row.kind, t, this.table.objects)) ?? [];
    const known: Known = {
      name,
      row,
      templates,
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
      repeats: templates.length > 0 && templates.every((t) => t.isPure),
      tries: 0,
      hits: 0,
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
