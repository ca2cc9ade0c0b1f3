// From a Perfetto event message to the fields of a timeline kind.

import { argsMax, type EventBatch, type EventType, type RawReader } from "../batch.ts";
import { defaultSymbol, handled, recordFields, taskState } from "../dialect/convert.ts";
import type { RecordField } from "../dialect/convert.ts";
import { utf8 } from "../dialect/bytes.ts";
import type { EventTable } from "../event-table.ts";
import { ProtoReader, readFields, readValue, text, type Value } from "./proto.ts";

const fieldsMax = 64;

interface Step extends RecordField {
  readonly number: number;
}

export class MessagePlan {
  readonly type: EventType;
  private readonly steps: readonly Step[];

  constructor(
    name: string,
    fields: readonly (string | undefined)[],
    private readonly table: EventTable,
    private readonly functions: ReadonlyMap<number, string>,
  ) {
    const row = table.row(name);
    const steps: Step[] = [];
    if (row !== null) {
      for (const f of recordFields(row)) {
        const number = fields.indexOf(f.source);
        if (number > 0) steps.push({ ...f, number });
      }
    }
    this.steps = steps;
    this.type = table.add(
      name,
      steps.length === 0 ? null : row,
      steps.length === 0 ? rawReader(fields) : null,
    );
  }

  fill(message: Uint8Array, batch: EventBatch, i: number): void {
    if (this.type.kind < 0) {
      this.begin(batch, i);
      batch.keepRaw(i, message, 0, message.length);
      return;
    }
    this.fillValues(readFields(message, fieldsMax), batch, i);
  }

  /** Fills event `i` from values by field number. */
  fillValues(values: readonly (Value | undefined)[], batch: EventBatch, i: number): void {
    this.begin(batch, i);
    for (const step of this.steps) {
      batch.args[i * argsMax + step.arg] = this.value(step, values[step.number], batch);
    }
  }

  private begin(batch: EventBatch, i: number): void {
    this.type.count++;
    batch.type[i] = this.type.id;
    for (let n = 0; n < argsMax; n++) batch.args[i * argsMax + n] = 0;
  }

  private value(step: Step, value: Value | undefined, batch: EventBatch): number {
    const { names, objects } = this.table;
    const n = typeof value === "number" ? value : 0;
    switch (step.conversion) {
      case "str":
        return value instanceof Uint8Array
          ? names.intern(value, 0, value.length)
          : names.id(text(value));
      case "text": {
        const bytes = value instanceof Uint8Array ? value : new Uint8Array();
        let end = bytes.length;
        while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0)) end--;
        return batch.keepText(utf8(bytes, 0, end));
      }
      case "object":
        return objects.of(step.field).id(n);
      case "function":
        // Without symbols in the trace an address is a number of Perfetto's choice.
        return names.id(this.functions.get(n) ?? `#${n}`);
      case "symbol":
        return names.id(defaultSymbol(step.field, n));
      case "state":
        return names.id(taskState(n));
      case "handled":
        return names.id(handled(n));
      case "job":
        objects.fences.noteJob(n);
        return -1;
      case "queued":
        return objects.fences.queued(n);
      case "fence":
        return objects.fences.fence(n);
      case "dependent":
        return objects.fences.ofJob(n);
      case "none":
        return -1;
      default:
        return n;
    }
  }
}

function rawReader(fields: readonly (string | undefined)[]): RawReader {
  return (raw, start, end, name) => {
    const number = fields.indexOf(name);
    if (number <= 0) return undefined;
    const value = readFields(raw.subarray(start, end), fieldsMax)[number];
    return value instanceof Uint8Array ? text(value) : value;
  };
}

/** A generic event: names and values side by side in the message. */
export function genericFields(message: Uint8Array): { name: string; fields: Map<string, Value> } {
  const fields = new Map<string, Value>();
  let name = "";
  for (const [number, bytes] of repeated(message)) {
    if (number === 1) name = text(bytes);
    else if (number === 2 && bytes instanceof Uint8Array) {
      const f = readFields(bytes, 6);
      const value = f[3] ?? f[4] ?? f[5];
      if (value !== undefined) fields.set(text(f[1]), value);
    }
  }
  return { name, fields };
}

function repeated(message: Uint8Array): [number, Value][] {
  const all: [number, Value][] = [];
  const r = new ProtoReader(message);
  while (!r.done) {
    const [field, wire] = r.tag();
    const value = readValue(r, field, wire);
    if (value !== undefined) all.push([field, value]);
  }
  return all;
}
