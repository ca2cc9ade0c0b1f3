// The passes that take things out: whole tasks, objects with their dependants, events, faults,
// iterations, streams and instructions, blocks, points of lists, fields.

import { specOf } from "../trace/events/index.ts";
import { actorsOf } from "../trace/expand.ts";
import type { NameUse } from "../trace/field.ts";
import type { EventLine, Repeat, Trace } from "../trace/trace.ts";
import { blocksOf, mapAction, namesOf, withoutBlock } from "./fields.ts";
import type { Engine } from "./engine.ts";
import { allItems, linesOf, mapItems, mapLines, repeatsOf, withoutItems } from "./items.ts";

/** Tries things until nothing more can go; true if something went. */
export type Pass = (engine: Engine) => Promise<boolean>;

/** How many things of a sort a trace has, and the trace without those numbered [from, to). */
export interface Things {
  readonly count: (trace: Trace) => number;
  readonly without: (trace: Trace, from: number, to: number) => Trace | null;
}

/**
 * Takes things out in halves, quarters and so on down to one by one, the last ones first: what comes
 * late depends on what comes early (ddmin, without its tries of what is kept).
 */
export const takeOut =
  ({ count, without }: Things): Pass =>
  async (engine) => {
    let progress = false;
    for (let size = count(engine.best); size >= 1; size = Math.floor(size / 2)) {
      let end = count(engine.best);
      while (end > 0) {
        const ends: number[] = [];
        for (let to = end; to > 0; to -= size) ends.push(to);
        const { best } = engine;
        const taken = await engine.first(
          map(ends, (to) => without(best, Math.max(0, to - size), to)),
        );
        if (taken < 0) break;
        progress = true;
        end = Math.min(ends[taken] - size, count(engine.best));
      }
    }
    return progress;
  };

function* map<A, B>(items: Iterable<A>, fn: (item: A) => B): Generator<B> {
  for (const item of items) yield fn(item);
}

/** Everything that a task, or the device, does. */
export const takeOutTasks = takeOut({
  count: (trace) => actorsOf(trace).length,
  without: (trace, from, to) => {
    const gone = new Set(
      actorsOf(trace)
        .slice(from, to)
        .map((a) => a.pid),
    );
    return mapLines(trace, (line) => (gone.has(line.event.actor.pid) ? null : line));
  },
});

/** What makes an object; what depends on it goes with it. */
export const takeOutObjects = takeOut({
  count: (trace) => makers(trace).length,
  without: (trace, from, to) => {
    const gone = new Set(makers(trace).slice(from, to));
    return mapLines(trace, (line) => (gone.has(line) ? null : line));
  },
});

function makers(trace: Trace): EventLine[] {
  const binds = (use: NameUse): boolean => use.how === "bind";
  return linesOf(trace).filter(({ event }) => namesOf(event.action).some(binds));
}

export const takeOutItems = takeOut({
  count: (trace) => [...allItems(trace)].length,
  without: withoutItems,
});

export const takeOutFaults = takeOut({
  count: ({ faults }) => faults.length,
  without: (trace, from, to) => ({
    ...trace,
    faults: trace.faults.filter((_, i) => i < from || i >= to),
  }),
});

/** What the trace promises, and what it says that goldens do not compare. */
export const takeOutDeclarations = takeOut({
  count: ({ promises, incidental, unordered }) =>
    promises.length + incidental.length + unordered.length,
  without: (trace, from, to) => {
    let n = 0;
    const kept = <A>(list: readonly A[]): A[] =>
      list.filter(() => {
        const here = n++;
        return here < from || here >= to;
      });
    const promises = kept(trace.promises);
    const incidental = kept(trace.incidental);
    return { ...trace, promises, incidental, unordered: kept(trace.unordered) };
  },
});

export const takeOutStreams = takeOut({
  count: ({ streams }) => streams.length,
  without: (trace, from, to) => ({
    ...trace,
    streams: trace.streams.filter((_, i) => i < from || i >= to),
  }),
});

export const takeOutInstructions = takeOut({
  count: ({ streams }) => streams.reduce((n, s) => n + s.code.length, 0),
  without: (trace, from, to) => {
    let n = 0;
    const streams = trace.streams.map((stream) => ({
      ...stream,
      code: stream.code.filter(() => {
        const here = n++;
        return here < from || here >= to;
      }),
    }));
    return { ...trace, streams };
  },
});

/** Fewer iterations: one, two, half of them, one less. */
export const fewerIterations: Pass = (engine) =>
  engine.repeat(function* (best) {
    for (const repeat of repeatsOf(best)) {
      const counts = [1, 2, Math.ceil(repeat.count / 2), repeat.count - 1];
      for (const count of new Set(counts)) {
        if (count > 0 && count < repeat.count) yield withCount(best, repeat, count);
      }
    }
  });

const withCount = (trace: Trace, repeat: Repeat, count: number): Trace =>
  mapItems(trace, (item) => (item === repeat ? [{ ...repeat, count }] : [item]));

/** Jobs of a submission, operations of a bind, queues of a group. */
export const takeOutBlocks: Pass = (engine) =>
  engine.repeat(function* (best) {
    for (const line of linesOf(best)) {
      if (line.template !== null) continue;
      for (const place of blocksOf(line.event.action).reverse()) {
        yield withAction(best, line, withoutBlock(line.event.action, place));
      }
    }
  });

/** Points of lists, and fields that may be left out. */
export const takeOutFields: Pass = (engine) =>
  engine.repeat(function* (best) {
    for (const line of linesOf(best)) {
      yield* line.template === null ? withoutFields(best, line) : withoutTokens(best, line);
      if (line.event.cpu !== null) {
        yield mapLines(best, (l) => (l === line ? { ...l, event: { ...l.event, cpu: null } } : l));
      }
    }
  });

function* withoutFields(trace: Trace, line: EventLine): Generator<Trace> {
  const { action } = line.event;
  const changes: { readonly at: string; readonly to: unknown }[] = [];
  mapAction(action, (value, field, path) => {
    const at = path.join();
    if (field.optional && value !== field.fallback) changes.push({ at, to: field.fallback });
    if (Array.isArray(value) && value.length > 1) {
      value.forEach((_, i) => changes.push({ at, to: value.filter((__, j) => j !== i) }));
    }
    return value;
  });
  for (const { at, to } of changes) {
    const changed = mapAction(action, (value, _, path) => (path.join() === at ? to : value));
    yield withAction(trace, line, changed);
  }
}

/** Of a line with variables, which stands as it is written. */
function* withoutTokens(trace: Trace, line: EventLine): Generator<Trace> {
  const template = line.template!;
  const spec = specOf(template.name)!;
  for (const token of template.fields) {
    if (spec.fields[token.key]?.optional === false) continue;
    const fields = template.fields.filter((f) => f !== token);
    yield mapLines(trace, (l) => (l === line ? { ...l, template: { ...template, fields } } : l));
  }
}

export function withAction(
  trace: Trace,
  line: EventLine,
  action: EventLine["event"]["action"],
): Trace {
  return mapLines(trace, (l) => (l === line ? { ...l, event: { ...l.event, action } } : l));
}
