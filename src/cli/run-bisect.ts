// Bisects a series for the command line: which series and ends, what is looked for, the report.

import * as Either from "effect/Either";
import * as Effect from "effect/Effect";
import { goldenPath, readGolden } from "../golden/store.ts";
import { effectLines, wrap } from "../report/series.ts";
import { catalog } from "../revision/catalog.ts";
import { parseRevision } from "../revision/revision.ts";
import type { Series } from "../revision/series.ts";
import * as predicates from "./bisect-predicate.ts";
import { bisectSeries, type BisectResult } from "./bisect-series.ts";
import { choose } from "./choose.ts";
import { exitCode } from "./exit-codes.ts";
import { OptionArgumentError } from "./input-error.ts";
import { observe } from "./observe.ts";
import { makeProgress } from "./progress.ts";
import { findSeries } from "./run-series.ts";

export interface BisectOptions {
  readonly trace: string;
  readonly series: string | null;
  readonly good: string | null;
  readonly bad: string | null;
  readonly fenceLater: string | null;
  readonly warning: string | null;
  readonly golden: boolean;
  readonly goldenRoot: string;
  readonly profile: string | null;
  readonly json: boolean;
}

/** Where to search. */
interface Range {
  readonly series: Series;
  readonly good: number;
  readonly bad: number;
}

/** Runs and prints; 0 when a patch is found, 1 when none is, 125 when it cannot be told. */
export function runBisect(o: BisectOptions): number {
  const range = rangeOf(o);
  const { series, good, bad } = range;
  const chosen = choose({ path: o.trace, revision: series.base, profile: o.profile });
  const predicate = predicateOf(o, range, chosen.trace.name, chosen.profileName);
  const progress = makeProgress();
  const result = bisectSeries({
    count: series.patches.length,
    good,
    bad,
    predicate,
    observe: (selector) => {
      progress.update(`${o.trace} ${series.id}${selector}`);
      return observe(chosen, Effect.runSync(parseRevision(`${series.id}${selector}`, catalog)));
    },
  });
  progress.end();
  const what = { trace: chosen.trace.name, profile: chosen.profileName, predicate: predicate.text };
  const title = result.patch === null ? null : series.patches[result.patch - 1].title;
  const text = o.json
    ? JSON.stringify({ ...what, series: series.id, good, bad, title, ...result }, null, 2)
    : bisectText(range, what, result).join("\n");
  process.stdout.write(`${text}\n`);
  return codeOf(result);
}

function codeOf({ certainty, judged }: BisectResult): number {
  if (certainty === "narrowed") return exitCode.cannotJudge;
  if (certainty !== "none") return exitCode.agrees;
  const ends = judged.map(([, judgement]) => judgement);
  return ends.every((j) => j === "good") ? exitCode.differs : exitCode.cannotJudge;
}

/** The ends of the search. Throws `OptionArgumentError`. */
function rangeOf(o: BisectOptions): Range {
  const ends = { good: o.good, bad: o.bad };
  const named = [o.series, ...Object.values(ends).map((e) => e && seriesNameOf(e))].find(
    (name) => name !== null,
  );
  if (named === undefined || (o.series === null && (o.good === null || o.bad === null))) {
    throw new OptionArgumentError("bisect: give --series NAME, or --good REV and --bad REV");
  }
  const series = findSeries(named!);
  const good = prefixOf("good", ends.good, series, 0);
  const bad = prefixOf("bad", ends.bad, series, series.patches.length);
  if (good < bad) return { series, good, bad };
  throw new OptionArgumentError(`--good @${good} is not before --bad @${bad} in ${series.id}`);
}

/** The series of a revision, null for a base. Throws `OptionArgumentError`. */
function seriesNameOf(name: string): string | null {
  const revision = Effect.runSync(Effect.either(parseRevision(name, catalog)));
  if (Either.isLeft(revision)) throw new OptionArgumentError(revision.left.message);
  return revision.right.series?.id ?? null;
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
  const id = name.replace(/[@~]\d+$/, "");
  if (id === series.id && prefix !== null) return Number(prefix[1]);
  if (name === series.id) return series.patches.length;
  throw new OptionArgumentError(
    `--${option} ${name}: expected ${series.base}, ${series.id} or ${series.id}@N`,
  );
}

function predicateOf(
  o: BisectOptions,
  { series, good }: Range,
  trace: string,
  profile: string,
): predicates.Predicate {
  const given = [o.fenceLater, o.warning].filter((v) => v !== null).length + (o.golden ? 1 : 0);
  if (given > 1) {
    throw new OptionArgumentError("bisect: give one of --fence-later, --warning and --golden");
  }
  if (o.fenceLater !== null) {
    if (!/^\d{1,15}$/.test(o.fenceLater)) {
      throw new OptionArgumentError(`--fence-later ${o.fenceLater}: expected nanoseconds from 0`);
    }
    return predicates.fenceLater(Number(o.fenceLater));
  }
  if (o.warning !== null) return predicates.warningHas(o.warning);
  if (!o.golden) return predicates.timelineDiffers;
  const revision = good === 0 ? series.base : `${series.id}@${good}`;
  const path = goldenPath(o.goldenRoot, { revision, profile, trace });
  const golden = readGolden(path);
  if (golden !== null) return predicates.goldenMismatch(golden, path);
  throw new OptionArgumentError(`--golden: ${path} is missing; accept it first`);
}

function bisectText(
  { series, good, bad }: Range,
  what: { readonly trace: string; readonly profile: string; readonly predicate: string },
  result: BisectResult,
): string[] {
  const { certainty, patch, candidates, effect, reasons, judged } = result;
  const lines = [
    ...wrap(`${series.id}@${good}..@${bad} on trace ${what.trace}, profile ${what.profile}`, 0, 2),
    ...wrap(`looking for the first patch that ${what.predicate}`, 0, 2),
    ...wrap(`replayed ${judged.map(([n, j]) => `@${n} ${j}`).join(", ")}`, 0, 2),
    "",
  ];
  const titled = (n: number): string => `[${n}/${series.patches.length}] ${titleOf(series, n)}`;
  if (patch !== null && effect !== null) {
    lines.push(...wrap(titled(patch), 0, 6), ...effectLines(effect), "");
  } else if (candidates.length > 0) {
    lines.push("one of these:", ...candidates.flatMap((n) => wrap(titled(n), 2, 8)), "");
  } else lines.push("no patch found", "");
  lines.push(...wrap(sureness[certainty], 0, 2), ...reasons.flatMap((r) => wrap(`- ${r}`, 0, 2)));
  return lines;
}

const sureness: Readonly<Record<BisectResult["certainty"], string>> = {
  certain: "sure that this patch does it, because",
  likely: "likely, but not sure:",
  narrowed: "not told apart, because",
  none: "because",
};

function titleOf(series: Series, patch: number): string {
  return series.patches[patch - 1].title;
}
