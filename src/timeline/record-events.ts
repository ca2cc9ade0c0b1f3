// A recording as a timeline: its events in a recorder, each with the event that led to it, so that
// what is told about replays can be told about recordings of real kernels too.

import type { StreamEvent } from "./event-stream.ts";
import { CauseInference } from "./infer-causes.ts";
import { type Category, kindCategory, kindFields, kindNames, K } from "./kinds.ts";
import { flagHardirq, flagSoftirq, Recorder } from "./recorder.ts";

/** Contexts have 16 bits. */
const contextsMax = 65535;

export interface RecordedTimeline {
  readonly rec: Recorder;
  /** Entries between the marks `TRACE START` and `TRACE END`, or all: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Names that the recording gives to registers, by offset (or address). */
  readonly registers: ReadonlyMap<number, string>;
}

/** Different registers whose names are kept. */
const registersMax = 1 << 16;

/** Kinds that nothing is caused by and nobody compares: left out where not all is wanted. */
const details: ReadonlySet<number> = new Set([
  K.cs_instr,
  K.iface_cfg,
  K.sched_wakeup,
  K.workqueue_activate_work,
  K.pgtable_unmap,
  K.queue_fences,
  K.queue_closed,
  K.timer_cancel,
  K.softirq_raise,
]);

const kindOf = new Map(kindNames.map((name, id) => [name as string, id]));

/**
 * Records `events` of the given categories (all without them); events that are no timeline kind
 * are left out.
 */
export function recordEvents(
  events: Iterable<StreamEvent>,
  categories: ReadonlySet<Category> | null = null,
): RecordedTimeline {
  const rec = new Recorder();
  const causes = new CauseInference<number>();
  const contexts = new Map<string, number>();
  const registers = new Map<number, string>();
  let from = 0;
  let to = -1;
  for (const event of events) {
    const e = systemCall(event) ?? event;
    const kind = kindOf.get(e.name);
    if (kind === undefined) continue;
    if (categories !== null && (!categories.has(kindCategory[kind]) || details.has(kind))) continue;
    if (to < 0 && kind === K.user_mark) {
      const text = e.str("text");
      if (text.startsWith("TRACE START")) from = rec.length;
      else if (text.startsWith("TRACE END")) to = rec.length;
    }
    if ((kind === K.mmio_read || kind === K.mmio_write) && registers.size < registersMax) {
      registers.set(e.num("off"), e.str("reg"));
    }
    const { at } = rec;
    at.now = e.time;
    at.cpu = e.cpu;
    at.ctx = contextId(rec, contexts, e);
    at.flags = (e.hardirq ? flagHardirq : 0) | (e.softirq ? flagSoftirq : 0);
    at.cause = causes.causeOf(e) ?? -1;
    causes.seen(e, emit(rec, kind, e));
  }
  return { rec, from, to: to < 0 ? rec.length : to, registers };
}

function emit(rec: Recorder, kind: number, e: StreamEvent): number {
  const args = kindFields[kind].map(([field, type]) =>
    type === "str" ? rec.str(e.str(field)) : e.num(field),
  );
  const [a = 0, b = 0, c = 0, d = 0, x = 0, f = 0, g = 0] = args;
  return rec.emitLong(kind, a, b, c, d, x, f, g);
}

function contextId(rec: Recorder, contexts: Map<string, number>, e: StreamEvent): number {
  const key = `${e.pid} ${e.comm}`;
  let id = contexts.get(key);
  if (id === undefined) {
    id =
      contexts.size >= contextsMax - 2
        ? rec.addContext("(other tasks)", 0)
        : rec.addContext(e.comm, e.pid);
    contexts.set(key, id);
  }
  return Math.min(id, contextsMax);
}

/** A mark `ioctl NAME begin` or `ioctl NAME end ret=N` as the system call that it stands for. */
export function systemCall(e: StreamEvent): StreamEvent | null {
  if (e.name !== "user_mark" && e.name !== "tracing_mark_write") return null;
  const m = /^ioctl (\S+) (?:(begin)(.*)|end ret=(-?\d+)(.*))$/.exec(e.str("text"));
  if (m === null) return null;
  const begin = m[2] !== undefined;
  const strings: Readonly<Record<string, string>> = {
    name: m[1],
    args: (m[3] ?? "").trim(),
    result: (m[5] ?? "").trim(),
  };
  const { time, cpu, comm, pid, hardirq, softirq, index } = e;
  return {
    time,
    cpu,
    comm,
    pid,
    hardirq,
    softirq,
    index,
    name: begin ? "ioctl_begin" : "ioctl_end",
    num: (field) => (field === "ret" ? Number(m[4]) : NaN),
    str: (field) => strings[field] ?? "",
  };
}
