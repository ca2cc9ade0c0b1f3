// Records to columns: for each event format a plan says which bytes become which field of the
// timeline kind. Plans are made once a format, from the dialect's row and the file's own format.

import { argsMax, type EventBatch, type EventType } from "../batch.ts";
import { defaultStates, defaultSymbol, handled, taskState } from "../dialect/convert.ts";
import { utf8 } from "../dialect/bytes.ts";
import { type EventTable, incompleteName } from "../event-table.ts";
import { address, number, rawReader } from "./binary.ts";
import type { EventFormat } from "./format.ts";
import { lackingField, makeSteps, type Step } from "./steps.ts";
import type { Symbols } from "./symbols.ts";

const memoMax = 4096;

/** Decodes the records of one event format. */
export class RecordPlan {
  readonly type: EventType;
  private readonly steps: readonly Step[];
  private readonly least: number;
  /** A field that events of the kind have to have, and the file's format has not. */
  private readonly lacking: string | null;

  constructor(
    format: EventFormat | null,
    id: number,
    private readonly table: EventTable,
    private readonly symbols: Symbols,
    private readonly little: boolean,
  ) {
    const name = format?.name ?? `event-${id}`;
    const row = format === null ? null : table.row(name);
    const made = row === null ? null : makeSteps(row, format!, table);
    this.lacking = row === null ? null : lackingField(row, made ?? []);
    const steps = this.lacking === null ? made : null;
    this.steps = steps ?? [];
    this.least = this.steps.reduce((n, s) => Math.max(n, s.offset + s.size), 0);
    this.type = table.add(
      name,
      steps === null ? null : row,
      steps === null ? rawReader(format, little) : null,
      this.lacking === null ? name : incompleteName(name),
    );
  }

  /** Fills event `i` from the record `start..end`. */
  fill(
    view: DataView,
    bytes: Uint8Array,
    start: number,
    end: number,
    batch: EventBatch,
    i: number,
    at: number,
  ): void {
    const type = this.type;
    type.count++;
    batch.type[i] = type.id;
    if (type.kind < 0) {
      if (this.lacking !== null) this.table.lack(type.recorded, this.lacking, at);
      batch.keepRaw(i, bytes, start, end);
      return;
    }
    const o = i * argsMax;
    const { args } = batch;
    for (let n = type.fields.length; n < argsMax; n++) args[o + n] = 0;
    const whole = start + this.least <= end;
    if (!whole) this.short(start, end, at);
    const steps = this.steps;
    for (let n = 0; n < steps.length; n++) {
      const step = steps[n];
      args[o + step.arg] =
        whole || start + step.offset + step.size <= end
          ? this.value(step, view, bytes, start, end, batch, o)
          : 0;
    }
  }

  /** A record that ends before its fields do. */
  private short(start: number, end: number, at: number): void {
    const step = this.steps.find((s) => start + s.offset + s.size > end)!;
    this.table.lack(this.type.recorded, step.field, at);
  }

  private value(
    step: Step,
    view: DataView,
    bytes: Uint8Array,
    start: number,
    end: number,
    batch: EventBatch,
    o: number,
  ): number {
    const at = start + step.offset;
    switch (step.conversion) {
      case "int":
      case "hex":
        return number(view, at, step.size, step.signed, this.little);
      case "str":
        return this.string(step, view, bytes, start, end, batch);
      case "object":
        return step.objects!.id(address(view, at, step.size, this.little));
      case "function": {
        const key = address(view, at, step.size, this.little);
        return step.memo.get(key) ?? this.remember(step, key, this.functionName(key));
      }
      case "symbol":
      case "state":
      case "handled": {
        const key = number(view, at, step.size, step.signed, this.little);
        return step.memo.get(key) ?? this.remember(step, key, symbol(step, key));
      }
      case "until":
        return batch.args[o + step.arg - 1] - number(view, at, step.size, step.signed, this.little);
      case "text": {
        const from = this.stringStart(step, view, start, end);
        let stop = this.stringEnd;
        while (stop > from && (bytes[stop - 1] === 0x0a || bytes[stop - 1] === 0x0d)) stop--;
        return batch.keepText(utf8(bytes, from, stop));
      }
      case "job":
        this.table.objects.fences.noteJob(number(view, at, step.size, false, this.little));
        return -1;
      case "queued":
        return this.table.objects.fences.queued(address(view, at, step.size, this.little));
      case "fence":
        return this.table.objects.fences.fence(address(view, at, step.size, this.little));
      case "dependent":
        return this.table.objects.fences.ofJob(number(view, at, step.size, false, this.little));
      default:
        return -1;
    }
  }

  private functionName(key: number): string {
    return this.symbols.name(key) ?? `0x${key.toString(16)}`;
  }

  private remember(step: Step, key: number, name: string): number {
    const id = this.table.names.id(name);
    if (step.memo.size < memoMax) step.memo.set(key, id);
    return id;
  }

  private stringEnd = 0;

  /** Where a string field's bytes are: from the result to `stringEnd`. */
  private stringStart(step: Step, view: DataView, start: number, end: number): number {
    let from = start + step.offset;
    let stop = step.size === 0 ? end : Math.min(from + step.size, end);
    if (step.kind === "dynamic" || step.kind === "relative") {
      const place = view.getUint32(from, this.little);
      from = (step.kind === "relative" ? from + 4 : start) + (place & 0xffff);
      stop = Math.min(from + (place >>> 16), end);
    }
    let at = from;
    while (at < stop && view.getUint8(at) !== 0) at++;
    this.stringEnd = Math.max(at, from);
    return from;
  }

  private string(
    step: Step,
    view: DataView,
    bytes: Uint8Array,
    start: number,
    end: number,
    batch: EventBatch,
  ): number {
    if (step.kind === "number") {
      return batch.names.id(
        String(number(view, start + step.offset, step.size, step.signed, this.little)),
      );
    }
    const from = this.stringStart(step, view, start, end);
    return batch.names.intern(bytes, from, this.stringEnd);
  }
}

function symbol(step: Step, key: number): string {
  if (step.conversion === "handled") return handled(key);
  if (step.conversion === "state") {
    return taskState(key, step.pairs.length === 0 ? defaultStates : step.pairs);
  }
  return step.pairs.find(([value]) => value === key)?.[1] ?? defaultSymbol(step.field, key);
}
