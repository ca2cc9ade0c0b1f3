// A trace script in memory: the header, command streams, and the events of its tasks.

import type { Action, Happening } from "./events/index.ts";
import type { Header } from "./header.ts";
import type { Incidental, Unordered } from "./incidental.ts";
import type { Instruction } from "./instruction.ts";
import type { Actor, LexedLine } from "./line.ts";
import type { TimingPromise } from "./promise.ts";
import type { Timestamp } from "./units.ts";

/** An event: who does what, when. */
export interface TraceEvent {
  readonly actor: Actor;
  /** CPU that the task is to run on from here, null where the scheduler decides. */
  readonly cpu: number | null;
  readonly at: Timestamp;
  readonly action: Action;
  readonly line: number;
}

/** An event line as written. */
export interface EventLine {
  readonly kind: "event";
  /** With the variables of the first iteration put in. */
  readonly event: TraceEvent;
  /** The tokens, where the event depends on variables; null where it does not. */
  readonly template: LexedLine | null;
}

export interface Repeat {
  readonly kind: "repeat";
  readonly variable: string;
  readonly from: number;
  readonly count: number;
  readonly items: readonly Item[];
}

export type Item = EventLine | Repeat;

export interface Stream {
  readonly name: string;
  readonly code: readonly Instruction[];
}

export interface Trace extends Header {
  readonly promises: readonly TimingPromise[];
  readonly incidental: readonly Incidental[];
  readonly unordered: readonly Unordered[];
  /** Injections in force from the start. */
  readonly faults: readonly Happening[];
  readonly streams: readonly Stream[];
  /** Preparation: performed first, left out of the timeline. */
  readonly setup: readonly Item[];
  readonly events: readonly Item[];
}
