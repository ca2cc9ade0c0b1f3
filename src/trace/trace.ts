// A trace script in memory: the header, command streams, and the events of its tasks.

import type { Commented } from "./comments.ts";
import type { Action, Happening } from "./events/index.ts";
import type { Header } from "./header.ts";
import type { Incidental, Unordered } from "./incidental.ts";
import type { Instruction } from "./instruction.ts";
import type { KnownFinding } from "./known-finding.ts";
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
export interface EventLine extends Commented {
  readonly kind: "event";
  /** With the variables of the first iteration put in. */
  readonly event: TraceEvent;
  /** The tokens, where the event depends on variables; null where it does not. */
  readonly template: LexedLine | null;
}

export interface Repeat extends Commented {
  readonly kind: "repeat";
  readonly variable: string;
  readonly from: number;
  readonly count: number;
  readonly items: readonly Item[];
}

export type Item = EventLine | Repeat;

export interface Stream extends Commented {
  readonly name: string;
  readonly code: readonly (Instruction & Commented)[];
}

export interface Trace extends Header {
  readonly promises: readonly (TimingPromise & Commented)[];
  readonly incidental: readonly (Incidental & Commented)[];
  readonly unordered: readonly (Unordered & Commented)[];
  readonly known_findings: readonly (KnownFinding & Commented)[];
  /** Injections in force from the start. */
  readonly faults: readonly (Happening & Commented)[];
  readonly streams: readonly Stream[];
  /** Preparation: performed first, left out of the timeline. */
  readonly setup: readonly Item[];
  readonly events: readonly Item[];
  /** Comments of the keys. */
  readonly comments?: Readonly<Record<string, readonly string[]>>;
}
