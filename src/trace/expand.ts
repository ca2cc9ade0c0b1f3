// Repetitions written out: the events of a trace one by one, in order.

import { decodeAction } from "./decode-event.ts";
import type { Actor, Fail } from "./line.ts";
import type { Item, Repeat, Trace, TraceEvent } from "./trace.ts";
import type { Variables } from "./variable.ts";

/** Parsing has checked every iteration; a problem here is a bug. */
const unexpected: Fail = (reason, _column, detail) => {
  throw new Error(`trace event does not decode again: ${reason}: ${detail}`);
};

/** A list of items on its way, once or as often as its repetition says. */
interface Frame {
  readonly items: readonly Item[];
  readonly repeat: Repeat | null;
  readonly variables: Map<string, number>;
  /** The next item, and the present iteration. */
  next: number;
  iteration: number;
}

function enter(repeat: Repeat, outer: Variables): Frame {
  const variables = new Map(outer).set(repeat.variable, repeat.from);
  return { items: repeat.items, repeat, variables, next: 0, iteration: 0 };
}

/** Goes on with the next iteration of a repetition; false behind the last. */
function again(frame: Frame): boolean {
  const { repeat, variables } = frame;
  if (repeat === null || ++frame.iteration >= repeat.count) return false;
  variables.set(repeat.variable, repeat.from + frame.iteration);
  frame.next = 0;
  return true;
}

/**
 * Events with their repetitions written out, of all actors or of one. One generator for all depths:
 * a trace of a million events is one of a few items.
 */
export function* expandItems(
  items: readonly Item[],
  pid: number | null = null,
): Generator<TraceEvent> {
  const outer: Frame = { items, repeat: null, variables: new Map(), next: 0, iteration: 0 };
  const frames = [outer];
  for (let frame: Frame | undefined = outer; frame !== undefined; frame = frames.at(-1)) {
    if (frame.next >= frame.items.length) {
      if (!again(frame)) frames.pop();
      continue;
    }
    const item: Item = frame.items[frame.next++];
    if (item.kind === "repeat") {
      if (item.count > 0) frames.push(enter(item, frame.variables));
    } else if (pid !== null && item.event.actor.pid !== pid) continue;
    else if (item.template === null) yield item.event;
    else {
      const action = decodeAction(item.template, frame.variables, unexpected);
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
