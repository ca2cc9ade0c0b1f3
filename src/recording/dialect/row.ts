// The shape of a dialect row: one event name of some kernel generation, the timeline kind that it
// stands for, and where each of the kind's fields is in text and in the binary record.

import type { KindName } from "../../timeline/kinds.ts";

/**
 * How a recorded value becomes a timeline value.
 * - `int`, `hex`: a number;
 * - `str`: a name, interned;
 * - `text`: a text that does not repeat;
 * - `object`: a kernel object's address, numbered by first appearance;
 * - `function`: the address of a function, as its name;
 * - `symbol`: a number that the event's own format gives names to;
 * - `state`: a task state;
 * - `handled`: an interrupt handler's answer;
 * - `until`: the time from the value to the `expires` of the same event;
 * - `word`: 64 bits as two fields of 32, the upper half first;
 * - `job`, `queued`, `fence`, `dependent`: a job, or a fence named by its address
 *   (see fence-numbers.ts);
 * - `none`: always -1: the field has no counterpart in this generation.
 */
export type Conversion =
  | "int"
  | "hex"
  | "str"
  | "text"
  | "object"
  | "function"
  | "symbol"
  | "state"
  | "handled"
  | "until"
  | "word"
  | "job"
  | "queued"
  | "fence"
  | "dependent"
  | "none";

export interface DialectRow {
  /** The event as that kernel names it. */
  readonly event: string;
  readonly kind: KindName;
  /**
   * Texts of the event, tried in order. `{field}` stands for a field of the kind, `{field:how}`
   * says how to convert it, `{_}` skips to what follows, the rest is taken literally.
   */
  readonly text: readonly string[];
  /** Names of the fields in the binary record, where they are not those of the kind. */
  readonly record?: Readonly<Record<string, string | readonly [string, Conversion]>>;
}
