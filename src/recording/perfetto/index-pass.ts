// The first pass over a Perfetto trace: where each CPU's bundles of events are, task names,
// function names, and the descriptions of events that have no message of their own. Bundles of
// different CPUs overlap in time; with their places known they can be merged with flat memory.

import { inflateSync } from "node:zlib";
import { RecordingError, type Locator } from "../error.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { packed, ProtoReader, readFields, readValue, text, WireType } from "./proto.ts";

/** A packet's size at most. */
const packetBytesMax = 1 << 28;
const inflatedBytesMax = 1 << 28;
const headBytes = 16;

/** Where a bundle is: in the file, or in a compressed packet of the file. */
export interface BundlePlace {
  readonly offset: number;
  readonly length: number;
  /** Place inside the packet's inflated data, null where it is not compressed. */
  readonly inner: { readonly offset: number; readonly length: number } | null;
}

export interface TraceIndex {
  readonly bundles: Map<number, BundlePlace[]>;
  readonly comms: Map<number, string>;
  readonly functions: Map<number, string>;
  /** Events described in the trace itself: name and field names by number. */
  readonly described: Map<number, { name: string; fields: (string | undefined)[] }>;
  clock: string | null;
  readonly lost: { cpu: number; at: number }[];
  /** Where the trace is broken; what lies before is indexed. */
  failure: RecordingError | null;
}

const clocks = ["boot", "unknown", "global", "local", "mono_raw"];

/** Walks all packets of the file. */
export function indexTrace(
  source: ByteSource,
  where: Locator,
  onProgress: (bytes: number) => void,
): TraceIndex {
  const index: TraceIndex = {
    bundles: new Map(),
    comms: new Map(),
    functions: new Map(),
    described: new Map(),
    clock: null,
    lost: [],
    failure: null,
  };
  const head = new Uint8Array(headBytes);
  let at = 0;
  let count = 0;
  try {
    while (at < source.size) {
      const got = source.read(at, head);
      const { length, skip, field } = packetHead(head.subarray(0, got), at, where);
      const start = at + skip;
      if (length > packetBytesMax || start + length > source.size) {
        where.fail(at, `a packet of ${length} bytes goes beyond the end of the file`);
      }
      if (field === 1) {
        const bytes = new Uint8Array(length);
        source.read(start, bytes);
        try {
          packet(bytes, { offset: start, length, inner: null }, index);
        } catch (error) {
          where.fail(at, `a broken packet: ${(error as Error).message}`);
        }
      }
      at = start + length;
      if ((++count & 255) === 0) onProgress(at / 2);
    }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    index.failure = error;
  }
  return index;
}

function packetHead(
  head: Uint8Array,
  at: number,
  where: Locator,
): { length: number; skip: number; field: number } {
  try {
    const r = new ProtoReader(head);
    const [field, wire] = r.tag();
    if (wire === WireType.LengthDelimited) return { length: r.u64(), skip: r.pos, field };
    // Nothing else belongs at this level.
    return where.fail(at, `a field of wire type ${wire} where a packet should be`);
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    return where.fail(at, `a broken packet: ${(error as Error).message}`);
  }
}

function packet(bytes: Uint8Array, place: BundlePlace, index: TraceIndex): void {
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const [field, wire] = r.tag();
    if (wire !== WireType.LengthDelimited) {
      r.skip(wire, field);
      continue;
    }
    const data = r.bytes();
    if (field === 1) {
      const offset = r.pos - data.length;
      const inner = place.inner;
      bundle(
        data,
        inner === null
          ? { offset: place.offset + offset, length: data.length, inner: null }
          : { ...place, inner: { offset: inner.offset + offset, length: data.length } },
        index,
      );
    } else if (field === 2) processTree(data, index);
    else if (field === 12) interned(data, index);
    else if (field === 50 && place.inner === null) {
      const plain = inflateSync(data, { maxOutputLength: inflatedBytesMax });
      const at = { offset: place.offset + (r.pos - data.length), length: data.length };
      const packets = new ProtoReader(plain);
      while (!packets.done) {
        const [number, type] = packets.tag();
        const value = readValue(packets, number, type);
        if (number !== 1 || !(value instanceof Uint8Array)) continue;
        const offset = packets.pos - value.length;
        packet(value, { ...at, inner: { offset, length: value.length } }, index);
      }
    }
  }
}

function bundle(bytes: Uint8Array, place: BundlePlace, index: TraceIndex): void {
  const r = new ProtoReader(bytes);
  let cpu = 0;
  let lost = false;
  let events = false;
  while (!r.done) {
    const [field, wire] = r.tag();
    const value = readValue(r, field, wire);
    if (field === 1 && typeof value === "number") cpu = value & 0xffff;
    else if (field === 3 && value !== 0) lost = true;
    else if (field === 5 && typeof value === "number") index.clock = clocks[value] ?? "unknown";
    else if (field === 2 && value instanceof Uint8Array) {
      events = true;
      schedComms(value, index.comms);
    } else if (field === 4 && value instanceof Uint8Array) {
      events = true;
      const sched = compactSched(value);
      sched.nextPid.forEach((pid, n) => {
        index.comms.set(pid, sched.names[sched.nextComm[n]] ?? "<...>");
      });
    } else if (field === 11 && value instanceof Uint8Array) describe(value, index);
  }
  if (lost) index.lost.push({ cpu, at: place.offset });
  if (!events) return;
  const places = index.bundles.get(cpu);
  if (places === undefined) index.bundles.set(cpu, [place]);
  else places.push(place);
}

/** Task names out of a sched_switch event. */
function schedComms(bytes: Uint8Array, comms: Map<number, string>): void {
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const [field, wire] = r.tag();
    if (field !== 4 || wire !== WireType.LengthDelimited) {
      r.skip(wire, field);
      continue;
    }
    const f = readFields(r.bytes(), 8);
    if (typeof f[2] === "number") comms.set(f[2], text(f[1]));
    if (typeof f[6] === "number") comms.set(f[6], text(f[5]));
  }
}

function processTree(bytes: Uint8Array, index: TraceIndex): void {
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const [field, wire] = r.tag();
    const value = readValue(r, field, wire);
    if (field !== 2 || !(value instanceof Uint8Array)) continue;
    const thread = readFields(value, 4);
    if (typeof thread[1] === "number" && thread[2] !== undefined) {
      index.comms.set(thread[1], text(thread[2]));
    }
  }
}

/** Function names: InternedData.kernel_symbols. */
function interned(bytes: Uint8Array, index: TraceIndex): void {
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const [field, wire] = r.tag();
    const value = readValue(r, field, wire);
    if (field !== 26 || !(value instanceof Uint8Array)) continue;
    const symbol = readFields(value, 3);
    if (typeof symbol[1] === "number") index.functions.set(symbol[1], text(symbol[2]));
  }
}

/** A generic event's description: its id and a DescriptorProto. */
function describe(bytes: Uint8Array, index: TraceIndex): void {
  const f = readFields(bytes, 4);
  if (typeof f[1] !== "number" || !(f[2] instanceof Uint8Array)) return;
  const fields: (string | undefined)[] = [undefined];
  let name = "";
  const r = new ProtoReader(f[2]);
  while (!r.done) {
    const [number, wire] = r.tag();
    const value = readValue(r, number, wire);
    if (number === 1) name = text(value);
    else if (number === 2 && value instanceof Uint8Array) {
      const field = readFields(value, 6);
      if (typeof field[3] === "number" && field[3] > 0 && field[3] < 64) {
        fields[field[3]] = text(field[1]);
      }
    }
  }
  index.described.set(f[1], { name, fields });
}

/** FtraceEventBundle.CompactSched: switches and wakings as columns, times as differences. */
export interface CompactSched {
  readonly names: string[];
  readonly switchTime: number[];
  readonly prevState: number[];
  readonly nextPid: number[];
  readonly nextPrio: number[];
  readonly nextComm: number[];
  readonly wakingTime: number[];
  readonly wakingPid: number[];
  readonly wakingCpu: number[];
  readonly wakingPrio: number[];
  readonly wakingComm: number[];
}

export function compactSched(bytes: Uint8Array): CompactSched {
  const columns: number[][] = Array.from({ length: 14 }, () => []);
  const names: string[] = [];
  const r = new ProtoReader(bytes);
  while (!r.done) {
    const [field, wire] = r.tag();
    if (field === 5 && wire === WireType.LengthDelimited) names.push(text(r.bytes()));
    else if (field < columns.length && wire !== WireType.Bit32 && wire !== WireType.Bit64) {
      packed(r, wire, columns[field]);
    } else r.skip(wire, field);
  }
  return {
    names,
    switchTime: columns[1],
    prevState: columns[2],
    nextPid: columns[3],
    nextPrio: columns[4],
    nextComm: columns[6],
    wakingTime: columns[7],
    wakingPid: columns[8],
    wakingCpu: columns[9],
    wakingPrio: columns[10],
    wakingComm: columns[11],
  };
}
