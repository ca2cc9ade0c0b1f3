// Events of a recording as columns. A decoder fills a batch and hands it on; what it decodes of an
// event known to the dialect are numbers and interned names in the order of the timeline kind's
// fields. Events that no dialect knows keep their bytes as they are.

import { kindFields, kindNames, type FieldType } from "../timeline/kinds.ts";
import { flagHardirq, flagIrqsOff, flagNeedResched, flagSoftirq } from "../timeline/recorder.ts";
import type { StreamEvent } from "../timeline/event-stream.ts";
import type { Interner } from "./interner.ts";

/** Events in a batch at most. */
export const batchEventsMax = 8192;
/** Fields an event holds at most. */
export const argsMax = 8;

/** Bottom halves were off. */
export const flagBhOff = 16;
/** The recording has the flags (irq-info was on). */
export const flagsKnown = 32;
/** Preemption depth and migrate-disable depth: four bits each. */
export const preemptShift = 8;
export const migrateShift = 12;

/** The kernel's `common_flags` byte and preempt count byte as batch flags. */
export function kernelFlags(flags: number, count: number): number {
  const hard = (flags & 0x48) !== 0;
  return (
    ((flags & 1) !== 0 ? flagIrqsOff : 0) |
    ((flags & 0x26) !== 0 ? flagNeedResched : 0) |
    (hard ? flagHardirq : 0) |
    (!hard && (flags & 0x10) !== 0 ? flagSoftirq : 0) |
    ((flags & 0x80) !== 0 ? flagBhOff : 0) |
    flagsKnown |
    ((count & 15) << preemptShift) |
    ((count >> 4) << migrateShift)
  );
}

/** Reads a field of an event that no dialect knows from the bytes it was recorded with. */
export type RawReader = (
  raw: Uint8Array,
  start: number,
  end: number,
  field: string,
) => number | string | undefined;

/** One kind of event of a recording. */
export class EventType {
  /** Events seen. */
  count = 0;
  /** The name in the timeline; the recorded one where no dialect knows the event. */
  readonly name: string;
  readonly fields: ReadonlyArray<readonly [string, FieldType]>;

  constructor(
    readonly id: number,
    /** The name that the recording gives. */
    readonly recorded: string,
    /** Timeline kind, -1 when no dialect knows the event. */
    readonly kind: number,
    readonly readRaw: RawReader | null,
    /** What it is called where no dialect knows it, or where it lacks fields that it should have. */
    shown = recorded,
  ) {
    this.name = kind < 0 ? shown : kindNames[kind];
    this.fields = kind < 0 ? [] : kindFields[kind];
  }

  fieldIndex(field: string): number {
    for (let i = 0; i < this.fields.length; i++) if (this.fields[i][0] === field) return i;
    return -1;
  }
}

/** Columns of up to `batchEventsMax` events. */
export class EventBatch {
  length = 0;
  readonly time = new Float64Array(batchEventsMax);
  /** Line number, or byte offset of the record. */
  readonly index = new Float64Array(batchEventsMax);
  readonly cpu = new Uint16Array(batchEventsMax);
  readonly pid = new Int32Array(batchEventsMax);
  readonly comm = new Uint32Array(batchEventsMax);
  readonly flags = new Uint16Array(batchEventsMax);
  readonly type = new Uint16Array(batchEventsMax);
  readonly args = new Float64Array(batchEventsMax * argsMax);
  /** Texts that do not repeat (marks, log lines): `args` holds an index. */
  texts: string[] = [];
  /** Bytes of the events that no dialect knows: `args` holds start and end. */
  raw = new Uint8Array(4096);
  rawLength = 0;
  private rawView: DataView = new DataView(this.raw.buffer);
  /** The bytes last kept from, and their view. */
  private from: Uint8Array = this.raw;
  private fromView: DataView = new DataView(this.raw.buffer);

  constructor(
    readonly names: Interner,
    readonly types: readonly EventType[],
  ) {}

  get full(): boolean {
    return this.length === batchEventsMax;
  }

  clear(): this {
    this.length = 0;
    this.rawLength = 0;
    this.texts.length = 0;
    return this;
  }

  /** Keeps bytes of event `i` as they are. */
  keepRaw(i: number, from: Uint8Array, start: number, end: number): void {
    const at = this.rawLength;
    const length = end - start;
    if (at + length > this.raw.length) this.growRaw(length);
    const { raw, rawView } = this;
    if (length < 4) for (let n = 0; n < length; n++) raw[at + n] = from[start + n];
    else {
      if (from !== this.from) {
        this.from = from;
        this.fromView = new DataView(from.buffer, from.byteOffset, from.byteLength);
      }
      // Word by word, the last one over the one before: calling `set` costs more than most events.
      const { fromView } = this;
      const last = length - 4;
      for (let n = 0; n < last; n += 4) {
        rawView.setInt32(at + n, fromView.getInt32(start + n, true), true);
      }
      rawView.setInt32(at + last, fromView.getInt32(end - 4, true), true);
    }
    this.args[i * argsMax] = at;
    this.args[i * argsMax + 1] = this.rawLength = at + length;
  }

  private growRaw(by: number): void {
    const grown = new Uint8Array(Math.max(this.raw.length * 2, this.rawLength + by));
    grown.set(this.raw.subarray(0, this.rawLength));
    this.raw = grown;
    this.rawView = new DataView(grown.buffer);
  }

  /** Keeps a text that does not repeat; returns what `args` holds. */
  keepText(text: string): number {
    return this.texts.push(text) - 1;
  }

  /** A field of an event: a number, or its string. Undefined where the event has no such field. */
  field(i: number, name: string): number | string | undefined {
    const type = this.types[this.type[i]];
    const o = i * argsMax;
    if (type.kind < 0) {
      return type.readRaw?.(this.raw, this.args[o], this.args[o + 1], name);
    }
    const n = type.fieldIndex(name);
    if (n < 0) return undefined;
    const value = this.args[o + n];
    if (type.fields[n][1] !== "str") return value;
    return name === "text" ? this.texts[value] : this.names.text(value);
  }

  event(i: number): StreamEvent {
    return new BatchEvent(this, i);
  }
}

/** An event of a batch for whoever compares timelines. Valid as long as its batch is. */
class BatchEvent implements StreamEvent {
  constructor(
    private readonly batch: EventBatch,
    private readonly i: number,
  ) {}

  get time(): number {
    return this.batch.time[this.i];
  }
  get cpu(): number {
    return this.batch.cpu[this.i];
  }
  get comm(): string {
    return this.batch.names.text(this.batch.comm[this.i]);
  }
  get pid(): number {
    return this.batch.pid[this.i];
  }
  get hardirq(): boolean {
    return (this.batch.flags[this.i] & flagHardirq) !== 0;
  }
  get softirq(): boolean {
    return (this.batch.flags[this.i] & flagSoftirq) !== 0;
  }
  get name(): string {
    return this.batch.types[this.batch.type[this.i]].name;
  }
  get index(): number {
    return this.batch.index[this.i];
  }

  num(field: string): number {
    return Number(this.get(field));
  }

  str(field: string): string {
    return String(this.get(field));
  }

  private get(field: string): number | string {
    const value = this.batch.field(this.i, field);
    if (value === undefined) throw new RangeError(`${this.name} has no field ${field}`);
    return value;
  }
}
