// The items of a trace as a list of places: each event line and each repetition has a number, in the
// order of the file, preparation first.

import { commented } from "../trace/comments.ts";
import { expandItems } from "../trace/expand.ts";
import type { EventLine, Item, Repeat, Trace } from "../trace/trace.ts";

/** Every item, repetitions before what they hold. */
export function* allItems(trace: Trace): Generator<Item> {
  yield* within(trace.setup);
  yield* within(trace.events);
}

function* within(items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    yield item;
    if (item.kind === "repeat") yield* within(item.items);
  }
}

/** Every event line. */
export function linesOf(trace: Trace): EventLine[] {
  return [...allItems(trace)].filter((item) => item.kind === "event");
}

export function repeatsOf(trace: Trace): Repeat[] {
  return [...allItems(trace)].filter((item) => item.kind === "repeat");
}

/** The trace with each item replaced by some, by none where it goes. */
export function mapItems(trace: Trace, map: (item: Item) => readonly Item[]): Trace {
  const change = (items: readonly Item[]): Item[] =>
    items.flatMap((item) =>
      map(item).flatMap((kept): Item[] => {
        if (kept.kind === "event") return [kept];
        const inner = change(kept.items);
        return inner.length === 0 ? [] : [{ ...kept, items: inner }];
      }),
    );
  return { ...trace, setup: change(trace.setup), events: change(trace.events) };
}

/** The trace with some of its lines changed or gone (null). */
export function mapLines(trace: Trace, map: (line: EventLine) => EventLine | null): Trace {
  return mapItems(trace, (item) => {
    if (item.kind === "repeat") return [item];
    const kept = map(item);
    return kept === null ? [] : [kept];
  });
}

/** The trace without the items whose numbers are in [from, to). */
export function withoutItems(trace: Trace, from: number, to: number): Trace {
  const gone = new Set([...allItems(trace)].slice(from, to));
  return mapItems(trace, (item) => (gone.has(item) ? [] : [item]));
}

/** Events when repetitions are written out. */
export function eventCount(items: readonly Item[]): number {
  return items.reduce(
    (n, item) => n + (item.kind === "event" ? 1 : item.count * eventCount(item.items)),
    0,
  );
}

/** Events of both sections of a trace. */
export const eventsIn = (trace: Trace): number =>
  eventCount(trace.setup) + eventCount(trace.events);

/** The comments of a repetition by event, in its first iteration; in others they would tell nothing. */
function commentsOf({ items, comments = [] }: Repeat): string[][] {
  const out: string[][] = [];
  for (const item of items) {
    if (item.kind === "event") out.push([...(item.comments ?? [])]);
    else {
      const inner = commentsOf(item);
      out.push(...inner, ...Array<string[]>(eventCount([item]) - inner.length).fill([]));
    }
  }
  if (out.length > 0) out[0] = [...comments, ...out[0]];
  return out;
}

/** Repetitions of up to so many events in all, written out. */
export function unroll(trace: Trace, eventsMax: number): Trace {
  const change = (items: readonly Item[]): Item[] =>
    items.flatMap((item): Item[] => {
      if (item.kind === "event" || eventCount([item]) > eventsMax) return [item];
      const comments = commentsOf(item);
      return Array.from(expandItems([item]), (event, i) =>
        commented<EventLine>({ kind: "event", event, template: null }, comments[i] ?? []),
      );
    });
  return { ...trace, setup: change(trace.setup), events: change(trace.events) };
}
