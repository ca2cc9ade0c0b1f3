// Whether a trace shows what a reduction looks for: at one revision, and where a good one is given
// not at that.

import { observe, type Observed, type Scene } from "../bisect/observe.ts";
import type { Predicate } from "../bisect/predicate.ts";
import { evidenceOf } from "../bisect/series.ts";
import type { DeclaredRow } from "../golden/model.ts";
import type { Revision } from "../revision/revision.ts";
import type { Trace } from "../trace/trace.ts";

export interface Sought {
  readonly predicate: Predicate;
  readonly bad: Revision;
  /** null: the predicate speaks of one replay. */
  readonly good: Revision | null;
  readonly profileName: string;
  readonly profile: Scene["profile"];
  /** Timeline entries after which a candidate is given up: it is no smaller than what it is of. */
  readonly entriesMax: number;
  /**
   * What the trace to be reduced does not promise. A candidate may have lost its declarations, which
   * must not turn what is incidental into what is looked for.
   */
  readonly declared: readonly DeclaredRow[];
}

/** What shows it, null where the trace does not. `onReplay` is told how many entries it took. */
export function evidenceIn(
  trace: Trace,
  sought: Sought,
  onReplay: (entries: number) => void = () => undefined,
): string | null {
  const { predicate, bad, good } = sought;
  const replayAt = (revision: Revision): Observed | null => run(trace, revision, sought, onReplay);
  if (predicate.compares) {
    const reference = replayAt(good!);
    if (reference === null || !reference.ok) return null;
    const at = replayAt(bad);
    return at === null ? null : evidenceOf(predicate, reference, at);
  }
  const at = replayAt(bad);
  const evidence = at === null ? null : evidenceOf(predicate, null, at);
  if (evidence === null || good === null) return evidence;
  const without = replayAt(good);
  if (without === null) return null;
  // A good revision that cannot be judged vouches for nothing.
  if (!without.ok && predicate.ofDefect === undefined) return null;
  return evidenceOf(predicate, null, without) === null ? evidence : null;
}

/** Replays within bounds; null where they are used up. */
function run(
  trace: Trace,
  revision: Revision,
  sought: Sought,
  onReplay: (entries: number) => void,
): Observed | null {
  const { profile, profileName, entriesMax, declared } = sought;
  const { budgets } = trace;
  const bounded = budgets.entries > entriesMax;
  const within = bounded ? { ...trace, budgets: { ...budgets, entries: entriesMax } } : trace;
  const promises = declared.length === 0 ? {} : { declared };
  const observed = observe({ trace: within, profile, profileName, ...promises }, revision);
  if (observed.ok) onReplay(observed.observation.entries);
  const usedUp = observed.ok && observed.observation.end === "budget";
  if (bounded && usedUp && observed.observation.entries >= entriesMax) return null;
  return observed;
}
