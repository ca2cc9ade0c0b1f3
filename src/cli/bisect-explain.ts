// Where two replays of a trace part, and what led there on both sides: for reports of bisections.

import { builtGolden, type Scene } from "../bisect/observe.ts";
import { diffByGolden } from "../diff/promised.ts";
import { replaySide, type Side } from "../diff/side.ts";
import { replay } from "../replay/replay.ts";
import { sidesReport } from "../report/difference.ts";
import { summarySentence } from "../report/summary-sentence.ts";
import { noStyle } from "../report/text.ts";
import type { Revision } from "../revision/revision.ts";

export interface Explanation {
  /** What changes, as a person would say it; empty where nothing does. */
  readonly sentence: string;
  /** The first divergence, with its causes on both sides. */
  readonly divergence: readonly string[];
}

export const noExplanation: Explanation = { sentence: "", divergence: [] };

/** Explains the difference between two revisions. */
export function explain(scene: Scene, before: Revision, after: Revision): Explanation {
  let a: Side, b: Side;
  try {
    a = sideOf(scene, before);
    b = sideOf(scene, after);
  } catch {
    // A revision that cannot be replayed has been told of already.
    return noExplanation;
  }
  const diff = diffByGolden(a.golden, b.golden);
  if (diff.first === null) return noExplanation;
  const names = { chainA: `causes at ${before.id}:`, chainB: `causes at ${after.id}:` };
  const lines = sidesReport(diff, a, b, noStyle, names);
  const from = lines.findIndex((line) => line.startsWith("first divergence"));
  const to = lines.findIndex((line) => line.startsWith("all differences"));
  const divergence = lines.slice(Math.max(0, from), to < 0 ? undefined : to - 1);
  return { sentence: summarySentence(diff, a, b), divergence };
}

function sideOf(scene: Scene, revision: Revision): Side {
  const { trace, profile } = scene;
  const result = replay({ trace, revision, profile });
  const { rec, from, to } = result;
  const built = builtGolden(scene, revision, result);
  return replaySide(built, rec, `${trace.name} at ${revision.id}`, { from, to });
}
