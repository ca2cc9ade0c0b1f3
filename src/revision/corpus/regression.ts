// An upstream fix taken back: the driver as it was before it, the trace that shows the difference,
// and what a replay of it must be caught by. Plain data beside the overlay: src/corpus judges it.

import * as Effect from "effect/Effect";
import type { Overlay } from "../../driver/driver.ts";
import { patch, type Patch } from "../patch.ts";

/** Kinds of src/diff's typed difference. */
export type DifferenceName =
  "missing" | "extra" | "moved" | "other value" | "other context" | "other error" | "delayed";

/** What gives a regression away. Everything is against a replay of the unchanged driver. */
export type Catch =
  /** A typed difference: its section and kind, and what its text says. */
  | {
      readonly by: "difference";
      readonly section: "fences" | "registers";
      readonly kind: DifferenceName;
      readonly of: RegExp;
    }
  /** An entry of the sequence of contexts, work items or request words that only one side has. */
  | {
      readonly by: "sequence";
      readonly aspect: "contexts" | "work items" | "request words";
      readonly kind: "missing" | "extra";
      readonly of: RegExp;
    }
  /** A line in the kernel log that the unchanged driver does not write. */
  | { readonly by: "warning"; readonly of: RegExp }
  /** An invariant of src/check that is violated, by its name. */
  | { readonly by: "check"; readonly name: string }
  /** A call returned, or a state read, something else than the trace expects. */
  | { readonly by: "result"; readonly of: RegExp }
  /** The replay ends in a deadlock report. */
  | { readonly by: "deadlock"; readonly of: RegExp };

export interface Regression {
  readonly patch: Patch;
  /** The trace that shows it, under traces/, without extension. */
  readonly trace: string;
  /** All of these must catch it. */
  readonly catches: readonly Catch[];
}

/** How a file of this folder writes one down. */
export interface RegressionDefinition extends Omit<Regression, "patch"> {
  /** A slug; the patch is `corpus/<id>`. */
  readonly id: string;
  /** What the driver does wrong. */
  readonly title: string;
  /** The fix: commit and subject. */
  readonly fix: string;
  /** What one sees. */
  readonly effect: string;
  readonly overlay: Overlay;
}

/** Defines a regression. */
export function regression(definition: RegressionDefinition): Regression {
  const { id, title, fix, effect, trace, catches } = definition;
  return {
    patch: patch({
      id: `corpus/${id}`,
      title,
      source: fix,
      observable: effect,
      overlay: Effect.succeed(definition.overlay),
    }),
    trace,
    catches,
  };
}
