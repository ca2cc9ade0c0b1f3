// `bisect TRACE --series NAME`: replays parts of a series on workers and reports the patch.

import * as Either from "effect/Either";
import type { Observed } from "../bisect/observe.ts";
import { type BisectResult, bisectSeries } from "../bisect/series.ts";
import { stackRevision } from "../bisect/stack.ts";
import { explain, noExplanation } from "./bisect-explain.ts";
import { observing } from "./bisect-job.ts";
import {
  type BisectOptions,
  goldenOf,
  jobsOf,
  predicateTextOf,
  readPredicate,
} from "./bisect-options.ts";
import { rangeOf } from "./bisect-range.ts";
import { bisectText } from "./bisect-report.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { Hands } from "./hands.ts";
import { OptionArgumentError } from "./input-error.ts";
import { makeProgress } from "./progress.ts";
import { readTraceText } from "./trace-text.ts";

/** Runs and prints; 0 when a patch is found, 1 when none is, 125 when it cannot be told. */
export async function runSeriesBisect(o: BisectOptions): Promise<number> {
  const range = rangeOf(o);
  const { series, good, bad } = range;
  const source = readTraceText(o.trace);
  const chosen = choose({ path: source.path, revision: series.base, profile: o.profile });
  const { trace, profileName: profile } = chosen;
  const revision = good === 0 ? series.base : `${series.id}@${good}`;
  const context = goldenOf(o.goldenRoot, { revision, profile, trace: trace.name });
  const predicate = readPredicate(predicateTextOf(o), context);
  const progress = makeProgress();
  const hands = new Hands(observing(jobsOf(o.jobs)));
  const replay = (name: string): Promise<Observed> => {
    progress.update(`${o.trace} ${name}`);
    return hands.run({ bisect: "observe", ...source, profile, revision: name });
  };
  try {
    const ask = async (selector: string): Promise<Observed> => {
      const observed = await replay(`${series.id}${selector}`);
      // A name that the trace does not have is told before the search, not found nowhere.
      if (selector === `@${good}` && observed.ok) {
        const problem = predicate.problem?.(observed.observation) ?? null;
        if (problem !== null) throw new OptionArgumentError(`--predicate: ${problem}`);
      }
      return observed;
    };
    const more = o.exhaustive ? { more: Infinity } : {};
    const count = series.patches.length;
    const now = (): number => hands.count;
    const request = { observe: ask, count, good, bad, predicate, hands: now, ...more };
    const result = await bisectSeries(request);
    progress.end();
    const patch = result.patch === null ? null : series.patches[result.patch - 1];
    const about = { trace: trace.name, profile, predicate: predicate.text };
    if (o.json) {
      const culprit = { title: patch?.title ?? null, source: patch?.source ?? null };
      const all = { ...about, series: series.id, good, bad, ...culprit, ...result };
      process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
    } else {
      const ends = result.patch === null ? null : [result.patch - 1, result.patch];
      const revisions = ends?.map((n) => stackRevision(`${series.id}@${n}`)) ?? [];
      const [before, after] = revisions.map(Either.getOrThrow);
      const explanation = before === undefined ? noExplanation : explain(chosen, before, after);
      const lines = bisectText(range, about, result, explanation);
      process.stdout.write(`${lines.join("\n")}\n`);
    }
    return codeOf(result);
  } finally {
    progress.end();
    await hands.close();
  }
}

function codeOf({ certainty, judged }: BisectResult): number {
  if (certainty === "narrowed") return exitCode.cannotJudge;
  if (certainty !== "none") return exitCode.agrees;
  return judged.every(([, j]) => j === "good") ? exitCode.differs : exitCode.cannotJudge;
}
