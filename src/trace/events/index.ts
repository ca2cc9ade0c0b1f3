// All events of the trace format, and the types that follow from the tables.

import type { Values } from "../field.ts";
import type { EventSpec } from "../spec.ts";
import { dmaBufEvents } from "./dma-buf.ts";
import { fileEvents } from "./file.ts";
import { groupEvents } from "./group.ts";
import { happenings } from "./happening.ts";
import { memoryEvents } from "./memory.ts";
import { programEvents } from "./program.ts";
import { syncobjEvents } from "./syncobj.ts";
import { userSubmissionEvents } from "./user-submission.ts";

export const eventSpecs = {
  ...fileEvents,
  ...memoryEvents,
  ...dmaBufEvents,
  ...groupEvents,
  ...syncobjEvents,
  ...userSubmissionEvents,
  ...programEvents,
  ...happenings,
};

type Specs = typeof eventSpecs;
export type EventName = keyof Specs;
export type HappeningName = keyof typeof happenings;

/** The arguments of an event. */
export type Args<N extends EventName> = Values<Specs[N]["fields"]>;

/** An event by itself: what is done, not by whom and when. */
export type Action = { [N in EventName]: { readonly name: N; readonly args: Args<N> } }[EventName];

/** Something that happens to the device. */
export type Happening = Extract<Action, { readonly name: HappeningName }>;

export const eventNames = Object.keys(eventSpecs) as readonly EventName[];
export const happeningNames = Object.keys(happenings) as readonly HappeningName[];

/** The row of an event; undefined for a name that is none. */
export function specOf(name: string): EventSpec | undefined {
  return Object.hasOwn(eventSpecs, name)
    ? (eventSpecs as unknown as Record<string, EventSpec>)[name]
    : undefined;
}

export function isHappening(action: Action): action is Happening {
  return Object.hasOwn(happenings, action.name);
}
