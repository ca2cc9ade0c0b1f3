// Replays traces at every prefix of a series and tells what each patch changes against the prefix
// before it.

import * as Effect from "effect/Effect";
import { effectOf, type Observation } from "../diff/effect.ts";
import { type PatchReport, type SeriesReport, seriesText } from "../report/series.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import type { Catalog, Series } from "../revision/series.ts";
import { nearest } from "../trace/suggest.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { observe, type Observed } from "../bisect/observe.ts";
import { makeProgress } from "./progress.ts";
import { findTraces } from "./traces.ts";

export interface SeriesOptions {
  readonly series: string;
  readonly traces: readonly string[];
  readonly profile: string | null;
  readonly json: boolean;
}

/** Runs and prints; 0, or 125 where a prefix could not be replayed. */
export function runSeries(o: SeriesOptions): number {
  const series = findSeries(o.series);
  const scenes = findTraces(o.traces).map((path) => ({
    path,
    ...choose({ path, revision: series.base, profile: o.profile }),
  }));
  const progress = makeProgress();
  const reports = scenes.map(({ path, trace, profile, profileName }) => {
    const patches = walkSeries(series, (n) => {
      progress.update(`${path} ${series.id}@${n}`);
      const revision = Effect.runSync(parseRevision(`${series.id}@${n}`, catalog));
      return observe({ trace, profile, profileName }, revision);
    });
    const { id, title, base } = series;
    return { series: id, title, base, trace: trace.name, profile: profileName, patches };
  });
  progress.end();
  process.stdout.write(`${print(reports, o.json)}\n`);
  const judged = reports.every((r) => r.patches.every((p) => p.problem === null));
  return judged ? exitCode.agrees : exitCode.cannotJudge;
}

function print(reports: readonly SeriesReport[], json: boolean): string {
  if (json) return JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2);
  return reports.map((r) => seriesText(r).join("\n")).join("\n\n\n");
}

/** Compares each prefix with the last one before it that could be replayed. */
export function walkSeries(series: Series, at: (prefix: number) => Observed<Observation>): PatchReport[] {
  let before: Observation | null = null;
  const base = at(0);
  if (base.ok) before = base.observation;
  return series.patches.map(({ title }, i): PatchReport => {
    const number = i + 1;
    const observed = at(number);
    if (!observed.ok) {
      const problem = `cannot be replayed up to this patch: ${observed.reason}`;
      return { number, title, effect: null, problem };
    }
    const after = observed.observation;
    const effect = before === null ? null : effectOf(before, after);
    const problem = effect === null ? "no prefix before this patch could be replayed" : null;
    before = after;
    return { number, title, effect, problem };
  });
}

/** A series by name. Throws `InputError`. */
export function findSeries(name: string, from: Catalog = catalog): Series {
  const series = from.series.find(({ id }) => id === name);
  if (series !== undefined) return series;
  const names = from.series.map(({ id }) => id);
  const near = nearest(name, names);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new InputError(`series ${name}: no such series; known are ${names.join(", ")}${hint}`);
}
