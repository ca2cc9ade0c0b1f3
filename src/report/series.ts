// What each patch of a series changes, as plain text that fits a mail: below 72 columns.

import { differenceKinds } from "../diff/difference.ts";
import type { Effect, Shift, Tally } from "../diff/effect.ts";
import { formatUs } from "../golden/print.ts";
import { plural } from "./text.ts";

/** One patch on one trace. */
export interface PatchReport {
  readonly number: number;
  readonly title: string;
  /** null: the prefix that ends with this patch cannot be replayed, or none before it could. */
  readonly effect: Effect | null;
  readonly problem: string | null;
}

export interface SeriesReport {
  readonly series: string;
  readonly title: string;
  readonly base: string;
  readonly trace: string;
  readonly profile: string;
  readonly patches: readonly PatchReport[];
}

/** Longest line. */
export const mailColumns = 71;
/** Different things of one sort that are listed. */
const listedMax = 5;
const labelColumns = 13;

/** The report of one trace. */
export function seriesText(report: SeriesReport): string[] {
  const count = report.patches.length;
  return [
    ...wrap(`${report.series} on ${report.base}: ${report.title}`, 0, 2),
    ...wrap(`trace ${report.trace}, profile ${report.profile}`, 0, 2),
    ...report.patches.flatMap((p) => [
      "",
      ...wrap(`[${p.number}/${count}] ${p.title}`, 0, 6),
      ...patchLines(p),
    ]),
  ];
}

function patchLines({ effect, problem }: PatchReport): string[] {
  if (problem !== null) return wrap(problem, 2, 4);
  if (effect === null) return [];
  if (effect.identical) return ["  no observable change (the whole timeline is identical)"];
  const lines = effectLines(effect);
  if (lines.length === 0 && effect.unchanged) return ["  no observable change"];
  if (effect.unchanged) lines.unshift("  fences and registers unchanged");
  else if (lines.length === 0) lines.push("  the same accesses, on other CPUs");
  return lines;
}

/** The lines of an effect, empty for none. */
export function effectLines(effect: Effect): string[] {
  const { fences, registers, works, log, findings } = effect;
  const lines = [
    ...labelled("fences", [
      ...shiftText(fences.earlier, "earlier"),
      ...shiftText(fences.later, "later"),
      ...latencyText(fences.latency),
      ...list(fences.contexts.map(({ what, count }) => `${count} ${what}`)),
      ...list(fences.other),
    ]),
    ...tallies("registers +", registers.added),
    ...tallies("registers -", registers.removed),
    ...tallies("moved", registers.moved),
    ...tallies("other value", registers.otherValue),
    ...tallies("context", registers.otherContext),
    ...tallies("queued +", works.added),
    ...tallies("queued -", works.removed),
    ...labelled("log +", list(log.added)),
    ...labelled("log -", list(log.removed)),
    ...labelled("finding +", list(findings.added)),
    ...labelled("finding -", list(findings.removed)),
  ];
  // What moves takes what follows along: times alone are told where nothing else is.
  if (lines.length === 0) lines.push(...labelled("times", list(effect.times)));
  const counts = differenceKinds.flatMap((kind) =>
    effect.counts[kind] > 0 ? [`${effect.counts[kind]} ${kind}`] : [],
  );
  const total = labelled("differences", counts.length === 0 ? [] : [counts.join(", ")]);
  return [...total, ...lines];
}

function shiftText(shift: Shift | null, way: string): string[] {
  if (shift === null) return [];
  const { count, minNs, medianNs, maxNs } = shift;
  const range = minNs === maxNs ? "" : ` in the median (${formatUs(minNs)} to ${formatUs(maxNs)})`;
  return [`${count} signalled ${formatUs(medianNs)} us ${way}${range}`];
}

function latencyText(latency: Effect["fences"]["latency"]): string[] {
  if (latency === null) return [];
  const { beforeNs, afterNs } = latency;
  return [`GPU done to signal ${formatUs(afterNs)} us in the median, was ${formatUs(beforeNs)}`];
}

function tallies(label: string, items: readonly Tally[]): string[] {
  const total = items.reduce((n, { count }) => n + count, 0);
  const texts = list(items.map(({ what, count }) => `${count} ${what}`));
  return labelled(label, items.length > 1 ? [`${total} in all`, ...texts] : texts);
}

function list(items: readonly string[]): string[] {
  const rest = items.length - listedMax;
  if (rest <= 0) return [...items];
  return [...items.slice(0, listedMax), `and ${plural(rest, "other")}`];
}

/** Items under a label in a column of its own. */
function labelled(label: string, items: readonly string[]): string[] {
  return items.flatMap((item, i) => {
    const [first, ...rest] = wrap(item, 2 + labelColumns, 4 + labelColumns);
    return i > 0 ? [first, ...rest] : [`  ${label.padEnd(labelColumns)}${first.trim()}`, ...rest];
  });
}

/** Breaks text into lines of `mailColumns`, the first indented by `first`, others by `rest`. */
export function wrap(text: string, first: number, rest: number): string[] {
  const lines: string[] = [];
  let line = " ".repeat(first);
  let empty = true;
  const flush = (): void => {
    lines.push(line);
    line = " ".repeat(rest);
    empty = true;
  };
  for (const word of text.split(/\s+/).filter((w) => w !== "")) {
    if (!empty && line.length + 1 + word.length > mailColumns) flush();
    let left = word;
    // A word that fits no line is cut.
    while (line.length + left.length > mailColumns) {
      const room = mailColumns - line.length;
      line += left.slice(0, room);
      left = left.slice(room);
      flush();
    }
    line += empty ? left : ` ${left}`;
    empty = false;
  }
  if (!empty || lines.length === 0) lines.push(line);
  return lines;
}
