// Probe events that scripts/record/panthor-record.sh defines: `ioctl_NAME` at the entry of a call,
// with arguments, and `ioctl_NAME_ret` at its return, with results. No dialect knows them, so their
// fields are read as they were recorded.

import type { StreamEvent } from "../timeline/event-stream.ts";
import type { MarkArgs } from "./mark.ts";

const name = /^ioctl_([A-Z_]+?)(_ret)?$/;

/** Every argument and result that the script records. */
const fields = [
  "group",
  "queue",
  "addr",
  "size",
  "nsyncs",
  "n",
  "f0",
  "h0",
  "p0",
  "f1",
  "h1",
  "p1",
  "vm",
  "id",
  "range",
  "async",
  "flags",
  "bo",
  "offset",
  "va",
  "handle",
  "point",
  "until_ns",
  "state",
  "fatal_queues",
  "nq",
  "prio",
  "ring",
  "initial_chunks",
  "chunk_size",
  "max_chunks",
  "context",
  "first_chunk",
  "ret",
] as const;

const signalFlag = 0x8000_0000;
/** Sync objects that the probes of a call follow. */
const syncsRead = 2;

export interface ProbedCall {
  readonly name: string;
  readonly returns: boolean;
  readonly args: MarkArgs;
  readonly ret: number | null;
}

/** A probe's event as a call's beginning or end; null for any other event. */
export function probedCall(e: StreamEvent): ProbedCall | null {
  if (!e.name.startsWith("ioctl_")) return null;
  const m = name.exec(e.name);
  if (m === null) return null;
  const args = new Map<string, string>();
  for (const field of fields) {
    const value = read(e, field);
    if (value !== null) args.set(field, value);
  }
  const ret = args.get("ret");
  return {
    name: m[1] === "OPEN" || m[1] === "CLOSE" ? m[1].toLowerCase() : m[1],
    returns: m[2] !== undefined,
    args: withSyncs(args),
    ret: ret === undefined ? null : Number(ret) | 0,
  };
}

function read(e: StreamEvent, field: string): string | null {
  try {
    const value = e.str(field);
    return value === "undefined" || value === "(fault)" ? null : value;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Flags, handle and point of each sync object as `wait` and `signal`. */
function withSyncs(args: Map<string, string>): MarkArgs {
  const count = Math.min(Number(args.get("nsyncs") ?? 0), syncsRead);
  for (let i = 0; i < count; i++) {
    const [flags, handle] = [Number(args.get(`f${i}`)), args.get(`h${i}`)];
    if (handle === undefined || Number.isNaN(flags)) continue;
    const key = flags >= signalFlag ? "signal" : "wait";
    const point = `${handle}:${args.get(`p${i}`) ?? 0}`;
    const before = args.get(key);
    args.set(key, before === undefined ? point : `${before},${point}`);
  }
  return args;
}
