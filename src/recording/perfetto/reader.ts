// Perfetto traces as events: bundles of each CPU in order, merged by time.

import { inflateSync } from "node:zlib";
import { batchEventsMax, EventBatch } from "../batch.ts";
import { Locator, RecordingError } from "../error.ts";
import type { EventTable, ReadOptions } from "../event-table.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { protoEvents } from "./events.ts";
import { compactSched, indexTrace, type BundlePlace, type TraceIndex } from "./index-pass.ts";
import { genericFields, MessagePlan } from "./plan.ts";
import { ProtoReader, readValue, WireType, type Value } from "./proto.ts";

const inflatedBytesMax = 1 << 28;
const encoder = new TextEncoder();

/** An event of a bundle before it is decoded. */
interface Pending {
  readonly time: number;
  readonly pid: number;
  readonly number: number;
  /** The event's message, or the values of a compact one. */
  readonly message: Uint8Array | null;
  readonly values: (Value | undefined)[] | null;
  readonly at: number;
}

export function* readPerfetto(
  source: ByteSource,
  file: string,
  table: EventTable,
  options: ReadOptions = {},
): Generator<EventBatch> {
  const where = new Locator(file);
  const total = source.size;
  const index = indexTrace(source, where, (bytes) => options.onProgress?.({ bytes, total }));
  table.clock = index.clock ?? "boot";
  for (const { cpu, at } of index.lost) table.lost(cpu, null, at);
  const cpus = [...index.bundles.keys()].sort((a, b) => a - b);
  table.cpus = cpus.length === 0 ? null : cpus[cpus.length - 1] + 1;
  const decoder = new Decoder(index, table, file);
  const cursors = cpus.map((cpu) => new Cursor(source, cpu, index.bundles.get(cpu)!, where));
  const live = cursors.filter((c) => c.advance());
  let batch = new EventBatch(table.names, table.types);
  while (live.length > 0) {
    let best = 0;
    for (let n = 1; n < live.length; n++) {
      if (live[n].head.time < live[best].head.time) best = n;
    }
    const cursor = live[best];
    decoder.decode(cursor.head, cursor.cpu, batch);
    if (!cursor.advance()) live.splice(best, 1);
    if (batch.length === batchEventsMax) {
      yield batch;
      const done = cursors.reduce((n, c) => n + c.consumed, 0);
      options.onProgress?.({ bytes: Math.min(total, (total + done) / 2), total });
      batch = options.reuse === true ? batch.clear() : new EventBatch(table.names, table.types);
    }
  }
  if (batch.length > 0) yield batch;
  options.onProgress?.({ bytes: total, total });
  const failure = index.failure ?? decoder.failure ?? cursors.find((c) => c.failure)?.failure;
  if (failure !== null && failure !== undefined) throw failure;
}

/** The events of one CPU in order. */
class Cursor {
  head: Pending = { time: 0, pid: 0, number: 0, message: null, values: null, at: 0 };
  failure: RecordingError | null = null;
  consumed = 0;
  private pending: Pending[] = [];
  private next = 0;
  private bundle = 0;
  private lastPid = -1;
  private lastComm: Uint8Array = encoder.encode("<...>");
  private lastPrio = 0;

  constructor(
    private readonly source: ByteSource,
    readonly cpu: number,
    private readonly places: readonly BundlePlace[],
    private readonly where: Locator,
  ) {}

  advance(): boolean {
    while (this.next >= this.pending.length) {
      if (this.bundle >= this.places.length) return false;
      const place = this.places[this.bundle++];
      this.pending = [];
      this.next = 0;
      try {
        this.read(place);
      } catch (error) {
        this.failure ??= new RecordingError(
          this.where.file,
          place.offset,
          `a broken bundle: ${(error as Error).message}`,
          "byte",
        );
      }
      this.consumed += place.length;
    }
    this.head = this.pending[this.next++];
    return true;
  }

  private read(place: BundlePlace): void {
    let bytes: Uint8Array = new Uint8Array(place.length);
    this.source.read(place.offset, bytes);
    if (place.inner !== null) {
      const plain = inflateSync(bytes, { maxOutputLength: inflatedBytesMax });
      bytes = plain.subarray(place.inner.offset, place.inner.offset + place.inner.length);
    }
    const r = new ProtoReader(bytes);
    while (!r.done) {
      const [field, wire] = r.tag();
      if ((field !== 2 && field !== 4) || wire !== WireType.LengthDelimited) {
        r.skip(wire, field);
        continue;
      }
      const data = r.bytes();
      if (field === 2) this.event(data, place.offset + r.pos - data.length);
      else this.compact(data, place.offset + r.pos - data.length);
    }
    // Events, switches and wakings are three lists in order; sorting is stable.
    this.pending.sort((a, b) => a.time - b.time);
    for (const p of this.pending) {
      if (p.number !== 4 || p.values === null) continue;
      // A compact switch does not say which task it leaves: the one that came before.
      p.values[1] = this.lastPid === 0 ? encoder.encode(`swapper/${this.cpu}`) : this.lastComm;
      p.values[2] = Math.max(this.lastPid, 0);
      p.values[3] = this.lastPrio;
      this.lastComm = p.values[5] as Uint8Array;
      this.lastPid = p.values[6] as number;
      this.lastPrio = p.values[7] as number;
    }
  }

  private event(bytes: Uint8Array, at: number): void {
    const r = new ProtoReader(bytes);
    let time = 0;
    let pid = 0;
    let number = 0;
    let message: Uint8Array | null = null;
    while (!r.done) {
      const [field, wire] = r.tag();
      if (field === 1 && wire === WireType.Varint) time = r.u64();
      else if (field === 2 && wire === WireType.Varint) pid = r.s64();
      else {
        const value = readValue(r, field, wire);
        if (value instanceof Uint8Array && field > 2) {
          number = field;
          message = value;
        }
      }
    }
    if (message === null) return;
    this.pending.push({ time, pid, number, message, values: null, at });
  }

  private compact(bytes: Uint8Array, at: number): void {
    const s = compactSched(bytes);
    const name = (n: number | undefined): Uint8Array => encoder.encode(s.names[n ?? -1] ?? "<...>");
    let time = 0;
    for (let n = 0; n < s.switchTime.length; n++) {
      time += s.switchTime[n];
      const values: (Value | undefined)[] = [];
      values[4] = s.prevState[n] ?? 0;
      values[5] = name(s.nextComm[n]);
      values[6] = s.nextPid[n] ?? 0;
      values[7] = s.nextPrio[n] ?? 0;
      this.pending.push({ time, pid: -1, number: 4, message: null, values, at });
    }
    time = 0;
    for (let n = 0; n < s.wakingTime.length; n++) {
      time += s.wakingTime[n];
      const values: (Value | undefined)[] = [];
      values[1] = name(s.wakingComm[n]);
      values[2] = s.wakingPid[n] ?? 0;
      values[3] = s.wakingPrio[n] ?? 0;
      values[5] = s.wakingCpu[n] ?? 0;
      this.pending.push({ time, pid: -1, number: 20, message: null, values, at });
    }
  }
}

class Decoder {
  failure: RecordingError | null = null;
  private readonly plans = new Map<number | string, MessagePlan>();
  private readonly comms = new Map<number, number>();
  private readonly running = new Map<number, number>();
  private readonly idle: number;
  private readonly unknown: number;

  constructor(
    private readonly index: TraceIndex,
    private readonly table: EventTable,
    private readonly file: string,
  ) {
    this.idle = table.names.id("<idle>");
    this.unknown = table.names.id("<...>");
    for (const [pid, comm] of index.comms) this.comms.set(pid, table.names.id(comm));
    this.comms.set(0, this.idle);
  }

  decode(p: Pending, cpu: number, batch: EventBatch): void {
    const i = batch.length;
    let pid = p.pid;
    if (p.values !== null) {
      // Compact events happen in the task that runs.
      pid = p.number === 4 ? (p.values[2] as number) : (this.running.get(cpu) ?? 0);
      if (p.number === 4) this.running.set(cpu, p.values[6] as number);
    }
    batch.time[i] = p.time;
    batch.index[i] = p.at;
    batch.cpu[i] = cpu;
    batch.pid[i] = pid;
    batch.comm[i] = this.comms.get(pid) ?? this.unknown;
    batch.flags[i] = 0;
    try {
      if (p.values !== null) this.plan(p.number).fillValues(p.values, batch, i);
      else if (p.number === 327) this.generic(p.message!, batch, i);
      else this.plan(p.number).fill(p.message!, batch, i);
      batch.length = i + 1;
    } catch (error) {
      this.failure ??= new RecordingError(
        this.file,
        p.at,
        `a broken event: ${(error as Error).message}`,
        "byte",
      );
    }
  }

  private plan(number: number): MessagePlan {
    let plan = this.plans.get(number);
    if (plan === undefined) {
      const known = protoEvents.get(number) ??
        this.index.described.get(number) ?? { name: `ftrace-event-${number}`, fields: [] };
      plan = new MessagePlan(known.name, known.fields, this.table, this.index.functions);
      this.plans.set(number, plan);
    }
    return plan;
  }

  private generic(message: Uint8Array, batch: EventBatch, i: number): void {
    const { name, fields } = genericFields(message);
    const names = [...fields.keys()];
    const key = `${name}(${names.join()})`;
    let plan = this.plans.get(key);
    if (plan === undefined) {
      plan = new MessagePlan(name, [undefined, ...names], this.table, this.index.functions);
      this.plans.set(key, plan);
    }
    if (plan.type.kind < 0) plan.fill(message, batch, i);
    else plan.fillValues([undefined, ...fields.values()], batch, i);
  }
}
