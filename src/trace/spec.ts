// What an event of a trace script is: its fields, who may perform it, rules across fields.

import type { Fields, NameKind, Values } from "./field.ts";
import type { Hint, TraceReason } from "./problem.ts";

/** Reports a problem of the event as a whole. */
export type FailEvent = (reason: TraceReason, detail: string, hint?: Hint) => void;

export interface EventSpec<F extends Fields = Fields> {
  readonly doc: string;
  readonly fields: F;
  /** A task's program only, or the device too (the header's `faults` included). */
  readonly by: "task" | "any";
  /** The ioctl it performs, as the kernel names it without its prefix. */
  readonly ioctl?: string;
  /** A repeatable block whose fields may stand in the event itself when there is one block. */
  readonly inline?: string;
  /** The field whose name is gone when the event is done. */
  readonly releases?: { readonly field: string; readonly kind: NameKind };
  readonly check?: (args: Values<F>, fail: FailEvent) => void;
}

/** Declares an event that a task performs. */
export const event = <const F extends Fields>(
  doc: string,
  fields: F,
  rest: Omit<EventSpec<F>, "doc" | "fields" | "by"> = {},
): EventSpec<F> => ({ doc, fields, by: "task", ...rest });

/** Declares something that happens to the device, at a task's hand or by itself. */
export const happening = <const F extends Fields>(doc: string, fields: F): EventSpec<F> => ({
  doc,
  fields,
  by: "any",
});
