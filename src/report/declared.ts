// What a comparison left out because the trace declares it not to be promised: told with every
// verdict, so that nothing is hidden silently.

import { type Declarations, declaredRows } from "../golden/incidental.ts";
import { plural } from "./text.ts";

/** One line for each declaration that applied: how many entries, what, and why. */
export function notPromised(
  declarations: Declarations,
  masked: readonly number[],
  reordered: readonly number[],
): string[] {
  const counts = [...masked, ...reordered];
  return declaredRows(declarations).flatMap(({ what, reason }, i) =>
    counts[i] > 0 ? [`not promised: ${what} (${plural(counts[i], "entry")}): ${reason}`] : [],
  );
}

/** Declarations that no entry fits, as `line:column: what`: they say nothing, or are misspelled. */
export function unusedDeclarations(
  declarations: Declarations,
  masked: readonly number[],
  reordered: readonly number[],
): string[] {
  const counts = [...masked, ...reordered];
  const lines = [...declarations.incidental, ...declarations.unordered].map(({ line }) => line);
  return declaredRows(declarations).flatMap(({ what }, i) =>
    counts[i] > 0 ? [] : [`${lines[i]}:1: ${what}`],
  );
}
