// A trace with its repetitions written out, and prefixes of it in the order in which its events
// begin.

import { replay } from "../replay/replay.ts";
import type { Revision } from "../revision/revision.ts";
import { expandItems } from "../trace/expand.ts";
import type { EventLine, Item, Trace, TraceEvent } from "../trace/trace.ts";
import type { Scene } from "./observe.ts";

/** The same trace, every event an item of its own. */
export function flatten(trace: Trace): Trace {
  return { ...trace, setup: flat(trace.setup), events: flat(trace.events) };
}

function flat(items: readonly Item[]): EventLine[] {
  return Array.from(expandItems(items), (event) => ({ kind: "event", event, template: null }));
}

/** The events of a flat trace in the order of the file. */
export function eventsOf({ setup, events }: Trace): TraceEvent[] {
  return [...setup, ...events].flatMap((item) => (item.kind === "event" ? [item.event] : []));
}

/**
 * The events of a flat trace in the order in which they begin at a revision; those that do not
 * begin come last, in the order of the file.
 */
export function inOrderOfStart(scene: Scene, revision: Revision): TraceEvent[] {
  const started = new Set<TraceEvent>();
  const { trace, profile } = scene;
  replay({ trace, profile, revision, onEvent: (event) => started.add(event) });
  return [...started, ...eventsOf(trace).filter((event) => !started.has(event))];
}

/** The trace with these events only. */
export function only(trace: Trace, kept: ReadonlySet<TraceEvent>): Trace {
  const keep = (item: Item): boolean => item.kind === "event" && kept.has(item.event);
  return { ...trace, setup: trace.setup.filter(keep), events: trace.events.filter(keep) };
}
