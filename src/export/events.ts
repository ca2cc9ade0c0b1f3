// The events of a replay, a recording or a golden for whoever writes them out: each with the context
// that it happened in and the event that led to it. They can be gone through again and again.

import type { Golden } from "../golden/model.ts";
import type { RegisterNames } from "../golden/build.ts";
import { ContextTracker, recorderEvents, type StreamEvent } from "../timeline/event-stream.ts";
import { CauseInference } from "../timeline/infer-causes.ts";
import { kindFields, kindNames } from "../timeline/kinds.ts";
import { systemCall } from "../timeline/record-events.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { goldenEvents } from "./golden-events.ts";

export interface SourceEvent {
  /** Number of the event in its source, from 0. */
  readonly n: number;
  /** As in the timeline; ns. */
  readonly event: StreamEvent;
  /** `tick_work`, `hardirq panthor-job`, `irq/66-panthor-job`, a task. */
  readonly context: string;
  /** Number of the event that led to it, -1 where that is not known. */
  readonly cause: number;
}

export interface EventSource {
  /** What it is, for headings: a file, a trace at a revision. */
  readonly title: string;
  readonly registers: RegisterNames;
  /** All events in order. An event is valid until the next is asked for. */
  events(): Iterable<SourceEvent>;
}

/** Entries [from, to) of a replay. */
export function replaySource(
  rec: Recorder,
  range: { readonly from: number; readonly to: number },
  registers: RegisterNames,
  title: string,
): EventSource {
  return {
    title,
    registers,
    *events() {
      const tracker = new ContextTracker();
      for (const event of recorderEvents(rec, 0, range.to)) {
        const context = tracker.label(event);
        if (event.index < range.from) continue;
        const cause = rec.cause(event.index) - range.from;
        yield { n: event.index - range.from, event, context, cause: Math.max(cause, -1) };
      }
    },
  };
}

/** A recording; `read` begins a new reading. */
export function recordingSource(
  read: () => Iterable<StreamEvent>,
  registers: RegisterNames,
  title: string,
): EventSource {
  return {
    title,
    registers,
    *events() {
      const tracker = new ContextTracker();
      const causes = new CauseInference<number>();
      let n = 0;
      for (const recorded of read()) {
        const event = systemCall(recorded) ?? recorded;
        const context = tracker.label(event);
        const cause = causes.causeOf(event) ?? -1;
        causes.seen(event, n);
        yield { n: n++, event, context, cause };
      }
    },
  };
}

/** What a golden holds: register accesses, fences and the log. */
export function goldenSource(golden: Golden, registers: RegisterNames, title: string): EventSource {
  return {
    title,
    registers,
    *events() {
      let n = 0;
      for (const event of goldenEvents(golden)) {
        yield { n: n++, event, context: event.comm, cause: -1 };
      }
    },
  };
}

const fieldsOf = new Map(kindNames.map((name, id) => [name as string, kindFields[id]]));

/** The fields of an event by name, strings resolved; empty where the event is no timeline kind. */
export function eventFields(e: StreamEvent): (readonly [string, number | string])[] {
  const fields = fieldsOf.get(e.name) ?? [];
  return fields.map(([name, type]) => [name, type === "str" ? e.str(name) : e.num(name)] as const);
}

/** `key=value …`, hexadecimal where the field is. */
export function fieldsText(e: StreamEvent): string {
  const fields = fieldsOf.get(e.name) ?? [];
  return fields
    .map(([name, type]) => {
      if (type === "str") return `${name}=${e.str(name)}`;
      const value = e.num(name);
      if (type === "hex") return `${name}=0x${value.toString(16)}`;
      if (type === "hex32") return `${name}=0x${(value >>> 0).toString(16).padStart(8, "0")}`;
      return `${name}=${value}`;
    })
    .join(" ");
}

/**
 * Kinds by exact name: events that are incomplete, or of kinds that are not known, have names that
 * begin alike and not these fields.
 */
const kindsOf = (...prefixes: readonly string[]): ReadonlySet<string> =>
  new Set(kindNames.filter((name) => prefixes.some((p) => name.startsWith(p))));
const accessKinds = kindsOf("mmio_");
const fenceKinds = kindsOf("dma_fence_", "drm_sched_job_");

export const isRegisterAccess = (e: StreamEvent): boolean => accessKinds.has(e.name);

/** A register access, as goldens have it: name, value and decoded fields. */
export function registerAccess(
  e: StreamEvent,
  names: RegisterNames,
): { readonly register: string; readonly value: string; readonly fields: string } {
  const offset = e.num("off");
  const value = e.num("val");
  const text = `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
  // Rows of a golden have no offset, but their names and fields.
  if (offset < 0) return { register: e.str("reg"), value: e.str("val"), fields: e.str("fields") };
  const known = names.name(offset);
  const own = e.str("reg");
  if (own !== "" && !known.endsWith(`.${own}`)) {
    return { register: `MMIO.${own}`, value: text, fields: "" };
  }
  return { register: known, value: text, fields: names.decode(offset, value) };
}

/** `context:seqno` of a fence event; null for others. */
export function fenceOf(e: StreamEvent): string | null {
  if (!fenceKinds.has(e.name)) return null;
  return `${e.num("context") % 2 ** 32}:${e.num("seqno") % 2 ** 32}`;
}
