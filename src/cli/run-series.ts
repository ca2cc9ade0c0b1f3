// Replays traces at every prefix of a series and tells what each patch changes against the prefix
// before it; what leaving a patch out does, and what another order does. On workers.

import type { Observed } from "../bisect/observe.ts";
import { effectOf, type Observation } from "../diff/effect.ts";
import { seriesMarkdown } from "../report/series-markdown.ts";
import {
  type PatchReport,
  type SeriesReport,
  seriesText,
  type VariantReport,
} from "../report/series.ts";
import { catalog } from "../revision/catalog.ts";
import type { Catalog, Series } from "../revision/series.ts";
import { knownNames, nearest } from "../trace/suggest.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { InputError } from "./input-error.ts";
import { runPool } from "./pool.ts";
import { makeProgress } from "./progress.ts";
import {
  between,
  ordersOf,
  pairs,
  prefix,
  type SeriesJob,
  type SwapChoice,
  swapped,
  without,
} from "./series-job.ts";
import { findTraces } from "./traces.ts";

export interface SeriesOptions {
  readonly series: string;
  readonly traces: readonly string[];
  readonly profile: string | null;
  /** Also the series without each patch, and with patches swapped. */
  readonly variants: boolean;
  readonly swaps: SwapChoice;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** An observation of a stack, or why there is none. */
type Seen = Observed<Observation>;
type At = (order: readonly number[]) => Seen;

/** Runs and prints; 0, or 125 where a prefix could not be replayed. */
export async function runSeries(o: SeriesOptions): Promise<number> {
  const series = findSeries(o.series);
  const scenes = findTraces(o.traces).map((path) => ({
    path,
    ...choose({ path, revision: series.base, profile: o.profile }),
  }));
  const orders = ordersOf(series.patches.length, o.variants, o.swaps);
  const progress = makeProgress();
  const reports: SeriesReport[] = [];
  // One trace after the other: only its replays are in memory.
  for (const { path, trace, profileName } of scenes) {
    const jobs = orders.map((order) => ({ series: series.id, order, path, profile: o.profile }));
    const seen = await runPool<SeriesJob, Observed>(jobs, {
      worker: new URL("./worker.js", import.meta.url),
      onResult: (_, i, done) =>
        progress.update(`${path} ${done}/${jobs.length} ${series.id}[${orders[i].join()}]`),
    });
    const byOrder = new Map(orders.map((order, i) => [order.join(), seen[i]]));
    const at: At = (order) => byOrder.get(order.join())!;
    const { id, title, base } = series;
    const patches = walkSeries(series, (n) => at(prefix(n)));
    const variants = o.variants ? variantsOf(series, at, o.swaps) : [];
    reports.push({
      series: id,
      title,
      base,
      trace: trace.name,
      profile: profileName,
      patches,
      variants,
    });
  }
  progress.end();
  process.stdout.write(`${print(reports, o)}\n`);
  const judged = reports.every((r) => r.patches.every((p) => p.problem === null));
  return judged ? exitCode.agrees : exitCode.cannotJudge;
}

function print(reports: readonly SeriesReport[], { json, markdown }: SeriesOptions): string {
  if (json) return JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2);
  const text = markdown ? seriesMarkdown : seriesText;
  return reports.map((r) => text(r).join("\n")).join("\n\n\n");
}

/** Compares each prefix with the last one before it that could be replayed. */
export function walkSeries(series: Series, at: (prefix: number) => Seen): PatchReport[] {
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

/** The series without each patch and with patches swapped, against the whole of it. */
export function variantsOf(series: Series, at: At, swaps: SwapChoice): VariantReport[] {
  const count = series.patches.length;
  const whole = at(prefix(count));
  const against = (from: Seen, to: Seen): Pick<VariantReport, "effect" | "problem"> => {
    for (const seen of [from, to]) {
      if (!seen.ok) return { effect: null, problem: `cannot be replayed: ${seen.reason}` };
    }
    const [a, b] = [from, to].map((seen) => (seen as Extract<Seen, { ok: true }>).observation);
    return { effect: effectOf(a, b), problem: null };
  };
  const leaving = prefix(count).map((n) => ({
    leftOut: n,
    swapped: null,
    between: null,
    ...against(whole, at(without(count, n))),
  }));
  const swapping = pairs(count, swaps).map((pair) => ({
    leftOut: null,
    swapped: pair,
    between: pair[1] === pair[0] + 1 ? against(at(prefix(pair[0] - 1)), at(between(pair))) : null,
    ...against(whole, at(swapped(count, pair))),
  }));
  return [...leaving, ...swapping];
}

/** A series by name. Throws `InputError`. */
export function findSeries(name: string, from: Catalog = catalog): Series {
  const series = from.series.find(({ id }) => id === name);
  if (series !== undefined) return series;
  const names = from.series.map(({ id }) => id);
  const near = nearest(name, names);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new InputError(`series ${name}: no such series; ${knownNames(name, names)}${hint}`);
}
