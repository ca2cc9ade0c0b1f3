// An upstream fix taken back: the driver as it was before it, the trace that shows the difference,
// and what a replay of it must be caught by. Plain data beside the overlay: src/corpus judges it.

import type { Overlay } from "../../driver/driver.ts";
import type { Catch } from "../catch.ts";
import { patch, type Patch } from "../patch.ts";

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
  /**
   * The fix: mainline commit and subject. Where 7.3 alone is at hand, the commit is the one that a
   * stable tree names as the upstream one, or that a log of the tree it went through has with that
   * subject; without either there is none.
   */
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
      overlay: definition.overlay,
    }),
    trace,
    catches,
  };
}
