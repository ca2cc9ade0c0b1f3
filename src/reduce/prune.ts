// Takes out what has lost what it needs: events that use names which nothing binds any more, their
// blocks and the points of their lists. So a whole object goes with its dependants.

import { decodeAction } from "../trace/decode-event.ts";
import type { Action } from "../trace/events/index.ts";
import type { NameUse } from "../trace/field.ts";
import { streamNames } from "../trace/stream.ts";
import type { EventLine, Item, Trace } from "../trace/trace.ts";
import type { Variables } from "../trace/variable.ts";
import {
  type BlockPlace,
  blocksOf,
  expectsFailure,
  mapAction,
  namesOf,
  withoutBlock,
} from "./fields.ts";
import { linesOf, mapItems } from "./items.ts";

const key = ({ kind, name }: Pick<NameUse, "kind" | "name">): string => `${kind} ${name}`;

/** The trace without what cannot stand any more. */
export function prune(trace: Trace): Trace {
  let last: Trace;
  let next = trace;
  // A line that goes may bind what a line before it in a repetition uses.
  do {
    last = next;
    next = pruneOnce(last);
  } while (size(next) !== size(last));
  return withoutDeadStreams(next);
}

const size = (trace: Trace): number => {
  let n = 0;
  mapItems(trace, (item) => {
    n++;
    return [item];
  });
  return n;
};

function pruneOnce(trace: Trace): Trace {
  const bound = new Set(trace.streams.map(({ name }) => key({ kind: "stream", name })));
  const kept = new Map<EventLine, EventLine | null>();
  const visit = (items: readonly Item[], variables: Variables): void => {
    for (const item of items) {
      if (item.kind === "repeat") {
        for (let i = 0; i < item.count; i++) {
          visit(item.items, new Map([...variables, [item.variable, item.from + i]]));
        }
      } else visitLine(item, variables);
    }
  };
  const visitLine = (line: EventLine, variables: Variables): void => {
    const before = kept.get(line);
    if (before === null) return;
    if (line.template === null) {
      if (before === undefined) {
        const action = pruned(line.event.action, bound);
        kept.set(line, action === null ? null : { ...line, event: { ...line.event, action } });
      }
    } else {
      // What a template makes is kept or goes as it is written.
      const action = decodeAction(line.template, variables, () => undefined);
      const lost = action === undefined || lostNames(action, bound).length > 0;
      kept.set(line, lost ? null : line);
      if (!lost) bindNames(action, bound);
      return;
    }
    const now = kept.get(line);
    if (now !== null && now !== undefined) bindNames(now.event.action, bound);
  };
  visit(trace.setup, new Map());
  visit(trace.events, new Map());
  return mapItems(trace, (item) => {
    if (item.kind === "repeat") return [item];
    const line = kept.get(item);
    // A line that no iteration comes to goes too.
    return line === null || line === undefined ? [] : [line];
  });
}

function bindNames(action: Action, bound: Set<string>): void {
  if (expectsFailure(action)) return;
  for (const use of namesOf(action)) if (use.how === "bind") bound.add(key(use));
}

const lostNames = (action: Action, bound: ReadonlySet<string>): NameUse[] =>
  namesOf(action).filter((use) => use.how === "use" && !bound.has(key(use)));

/** The action without blocks and points that have lost a name; null where it goes as a whole. */
function pruned(action: Action, bound: ReadonlySet<string>): Action | null {
  const lost = (uses: readonly NameUse[]): boolean =>
    uses.some((use) => use.how === "use" && !bound.has(key(use)));
  const deadBlocks = new Map<string, BlockPlace>();
  let dead = false;
  let changed = mapAction(action, (value, field, path) => {
    if (!lost(field.names(value))) return value;
    if (Array.isArray(value)) {
      const left = value.filter((one) => !lost(field.names([one])));
      if (left.length > 0 || field.optional) return left.length === 0 ? undefined : left;
    }
    const [top, index] = path;
    if (path.length > 1) {
      const place = { key: String(top), index: Number(index) };
      deadBlocks.set(path.slice(0, 2).join(), place);
    } else if (!field.optional || field.fallback !== undefined) dead = true;
    return undefined;
  });
  if (dead) return null;
  // From the last one: the numbers of those before it stay.
  for (const place of [...deadBlocks.values()].reverse()) changed = withoutBlock(changed, place);
  const emptied = blocksOf(action).length > 0 && blocksOf(changed).length === 0;
  return emptied ? null : changed;
}

/** Streams that use heaps which nothing binds cannot be read. */
function withoutDeadStreams(trace: Trace): Trace {
  const lines = linesOf(trace);
  if (lines.some((line) => line.template?.name === "tiler_heap_create")) return trace;
  const names = lines.flatMap(({ event }) => namesOf(event.action));
  const heaps = new Set(
    names.filter((u) => u.how === "bind" && u.kind === "heap").map((u) => u.name),
  );
  const alive = (use: NameUse): boolean => use.kind !== "heap" || heaps.has(use.name);
  const streams = trace.streams.map((stream) => ({
    ...stream,
    code: stream.code.filter((i) => streamNames([i]).every(alive)),
  }));
  return { ...trace, streams };
}
