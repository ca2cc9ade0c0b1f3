// Repetitions written out: the events of a trace one by one, in order.

import { decodeAction } from "./decode-event.ts";
import type { Actor, Fail } from "./line.ts";
import type { Item, Trace, TraceEvent } from "./trace.ts";
import type { Variables } from "./variable.ts";

/** Parsing has checked every iteration; a problem here is a bug. */
const unexpected: Fail = (reason, _column, detail) => {
  throw new Error(`trace event does not decode again: ${reason}: ${detail}`);
};

/** Events with their repetitions written out. */
export function* expandItems(
  items: readonly Item[],
  variables: Variables = new Map(),
): Generator<TraceEvent> {
  for (const item of items) {
    if (item.kind === "repeat") {
      for (let i = 0; i < item.count; i++) {
        yield* expandItems(item.items, new Map([...variables, [item.variable, item.from + i]]));
      }
    } else if (item.template === null) yield item.event;
    else {
      const action = decodeAction(item.template, variables, unexpected);
      yield { ...item.event, action: action! };
    }
  }
}

/** Tasks that another one starts. */
export function clonesOf(items: readonly Item[]): ReadonlySet<number> {
  const clones = new Set<number>();
  for (const item of items) {
    // Never in a repetition: a task begins once.
    if (item.kind === "event" && item.event.action.name === "clone") {
      clones.add(item.event.action.args.pid);
    }
  }
  return clones;
}

/** Everybody who performs events, in order of first appearance; the device is one of them. */
export function actorsOf(trace: Trace): Actor[] {
  const actors = new Map<number, Actor>();
  const visit = (items: readonly Item[]): void => {
    for (const item of items) {
      if (item.kind === "repeat") visit(item.items);
      else if (!actors.has(item.event.actor.pid)) {
        actors.set(item.event.actor.pid, item.event.actor);
      }
    }
  };
  visit(trace.setup);
  visit(trace.events);
  return [...actors.values()];
}
