// Tracks as a Perfetto trace: packets with track descriptors and track events; names are interned,
// causes are flows. Field numbers from perfetto's protos/perfetto/trace.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { EventSource } from "./events.ts";
import { Links } from "./links.ts";
import { groups, type TrackItem } from "./track-item.ts";
import { TrackModel } from "./tracks.ts";
import type { Write } from "./writer.ts";

const message = WireType.LengthDelimited;
const { Varint } = WireType;

/** All packets are one writer's. */
const sequence = 1;
const clockBoottime = 6;
const stateCleared = 1;
const stateNeeded = 2;
const sliceBegin = 1;
const sliceEnd = 2;
const instant = 3;
const types = { begin: sliceBegin, end: sliceEnd, instant } as const;
const explicitOrder = 3;
const flowIds = 47;
const terminatingFlowIds = 48;
/** Group tracks come behind all others' ids. */
const groupBase = 1 << 30;

export function writePerfetto(source: EventSource, write: Write): void {
  const links = new Links(source);
  const names = new Interned();
  const argNames = new Interned();
  const known = new Set<number>();
  const packet = (body: BinaryWriter): void => {
    write(new BinaryWriter().tag(1, message).bytes(body.finish()).finish());
  };
  groups.forEach((name, i) => packet(descriptor(groupBase + i, name, 0, i)));
  let flags = stateCleared | stateNeeded;
  for (const item of new TrackModel(source).items()) {
    const { track } = item;
    if (!known.has(track.id)) {
      known.add(track.id);
      const parent = groupBase + groups.indexOf(track.group);
      packet(descriptor(track.id, track.name, parent, track.id));
    }
    const event = trackEvent(item, names, argNames);
    for (const id of links.beginAt(item)) event.tag(flowIds, WireType.Bit64).fixed64(BigInt(id));
    const ended = links.endAt(item);
    if (ended !== null) event.tag(terminatingFlowIds, WireType.Bit64).fixed64(BigInt(ended));
    const body = new BinaryWriter();
    body.tag(8, Varint).uint64(BigInt(item.time));
    body.tag(58, Varint).uint32(clockBoottime);
    body.tag(10, Varint).uint32(sequence);
    body.tag(13, Varint).uint32(flags);
    flags = stateNeeded;
    const fresh = interned(names, argNames);
    if (fresh !== null) body.tag(12, message).bytes(fresh);
    body.tag(11, message).bytes(event.finish());
    packet(body);
  }
}

/** TrackDescriptor of a track or a group of them. */
function descriptor(uuid: number, name: string, parent: number, rank: number): BinaryWriter {
  const track = new BinaryWriter().tag(1, Varint).uint64(uuid).tag(2, message).string(name);
  if (parent > 0) track.tag(5, Varint).uint64(parent);
  else track.tag(11, Varint).int32(explicitOrder);
  track.tag(12, Varint).int32(rank);
  const body = new BinaryWriter().tag(10, Varint).uint32(sequence);
  return body.tag(60, message).bytes(track.finish());
}

function trackEvent(item: TrackItem, names: Interned, argNames: Interned): BinaryWriter {
  const event = new BinaryWriter();
  event.tag(9, Varint).int32(types[item.phase]);
  event.tag(11, Varint).uint64(item.track.id);
  if (item.phase === "end") return event;
  event.tag(10, Varint).uint64(names.id(item.name));
  for (const [name, value] of item.args) {
    const arg = new BinaryWriter().tag(1, Varint).uint64(argNames.id(name));
    if (typeof value === "number") arg.tag(4, Varint).int64(value);
    else arg.tag(6, message).string(value);
    event.tag(4, message).bytes(arg.finish());
  }
  return event;
}

/** InternedData with what came up since the last packet, null for nothing. */
function interned(names: Interned, argNames: Interned): Uint8Array | null {
  const data = new BinaryWriter();
  const entries = (field: number, fresh: readonly (readonly [number, string])[]): void => {
    for (const [iid, name] of fresh) {
      const entry = new BinaryWriter().tag(1, Varint).uint64(iid).tag(2, message).string(name);
      data.tag(field, message).bytes(entry.finish());
    }
  };
  const [freshNames, freshArgs] = [names.take(), argNames.take()];
  if (freshNames.length === 0 && freshArgs.length === 0) return null;
  entries(2, freshNames);
  entries(3, freshArgs);
  return data.finish();
}

/** Strings by number, from 1. */
class Interned {
  private readonly ids = new Map<string, number>();
  private fresh: (readonly [number, string])[] = [];

  id(text: string): number {
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.ids.size + 1;
      this.ids.set(text, id);
      this.fresh.push([id, text]);
    }
    return id;
  }

  take(): readonly (readonly [number, string])[] {
    const { fresh } = this;
    if (fresh.length > 0) this.fresh = [];
    return fresh;
  }
}
