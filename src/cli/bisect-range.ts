// Between which prefixes of which series a bisection searches.

import * as Either from "effect/Either";
import { stackRevision, stacks } from "../bisect/stack.ts";
import type { Revision } from "../revision/revision.ts";
import type { Series } from "../revision/series.ts";
import { OptionArgumentError } from "./input-error.ts";
import { findSeries } from "./run-series.ts";

export interface Range {
  readonly series: Series;
  /** Numbers of patches. */
  readonly good: number;
  readonly bad: number;
}

/** The ends of the search. Throws `OptionArgumentError`. */
export function rangeOf(o: {
  readonly series: string | null;
  readonly good: string | null;
  readonly bad: string | null;
}): Range {
  const ends = [o.good, o.bad].map((end) => (end === null ? null : named(end)));
  const name = o.series ?? ends.find((r) => (r?.series ?? null) !== null)?.series?.id ?? null;
  if (name === null || (o.series === null && (o.good === null || o.bad === null))) {
    throw new OptionArgumentError(
      "bisect: give --series NAME, or --good REV and --bad REV of one series, or --git GOOD..BAD",
    );
  }
  const series = findSeries(name, name.startsWith("corpus/") ? stacks() : undefined);
  const good = prefixOf("good", o.good, series, 0);
  const bad = prefixOf("bad", o.bad, series, series.patches.length);
  if (good < bad) return { series, good, bad };
  throw new OptionArgumentError(`--good @${good} is not before --bad @${bad} in ${series.id}`);
}

/** A revision by name. Throws `OptionArgumentError`. */
export function named(name: string): Revision {
  const revision = stackRevision(name);
  if (Either.isLeft(revision)) throw new OptionArgumentError(revision.left.message);
  return revision.right;
}

/** How many patches of `series` an end has. */
function prefixOf(
  option: "good" | "bad",
  name: string | null,
  series: Series,
  ifNone: number,
): number {
  if (name === null) return ifNone;
  if (name === series.base) return 0;
  const prefix = /@(\d+)$/.exec(name);
  const id = name.replace(/[@~+]\d+$/, "");
  if (id === series.id && prefix !== null) return Number(prefix[1]);
  if (name === series.id) return series.patches.length;
  throw new OptionArgumentError(
    `--${option} ${name}: expected ${series.base}, ${series.id} or ${series.id}@N`,
  );
}
