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
  readonly variants?: readonly VariantReport[];
}

/** The series with something about it changed, against the whole of it. */
export interface VariantReport {
  /** Patch numbers: one that is left out, or two that change places. */
  readonly leftOut: number | null;
  readonly swapped: readonly [number, number] | null;
  readonly effect: Effect | null;
  readonly problem: string | null;
  /** Of two neighbours that change places: the second without the first, against neither. */
  readonly between: Pick<PatchReport, "effect" | "problem"> | null;
}

/** Longest line. */
export const mailColumns = 71;
/** Different things of one sort that are listed. */
const listedMax = 5;
const variantListedMax = 2;
/** Times that move by no more than this are the cost of taking locks elsewhere, ns. */
const costOfLocksNs = 200;
const labelColumns = 14;

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
    ...variantsText(report),
  ];
}

/** What leaving a patch out and changing the order does. */
function variantsText({ variants = [] }: SeriesReport): string[] {
  const lines: string[] = [];
  for (const v of variants) {
    const name =
      v.leftOut !== null ? `without ${v.leftOut}` : `${v.swapped![0]} and ${v.swapped![1]} swapped`;
    lines.push("", `${name}, against the whole series`, ...patchLines(v, variantListedMax));
    if (v.between === null) continue;
    const [first, second] = v.swapped!;
    lines.push(`${second} without ${first}, against neither`);
    lines.push(...patchLines(v.between, variantListedMax));
  }
  return lines;
}

/** What a patch or a variant does, or why that cannot be told. */
export function patchLines(
  { effect, problem }: Pick<PatchReport, "effect" | "problem">,
  max = listedMax,
): string[] {
  if (problem !== null) return wrap(problem, 2, 4);
  if (effect === null) return [];
  const locks = lockLines(effect, max);
  if (effect.identical) {
    return ["  no observable change (the whole timeline is identical)", ...locks];
  }
  const { timesOnlyNs } = effect;
  const lines = effectLines(effect, max);
  const told = (key: "works" | "interrupts" | "log" | "findings"): boolean =>
    effect[key].added.length > 0 || effect[key].removed.length > 0;
  const elsewhere = told("works") || told("interrupts") || told("log") || told("findings");
  if (timesOnlyNs !== null && timesOnlyNs > 0 && timesOnlyNs <= costOfLocksNs && !elsewhere) {
    const most = `${formatUs(timesOnlyNs)} us`;
    return [`  no observable change but what locks cost: times move by up to ${most}`, ...locks];
  }
  if (lines.length === locks.length && effect.unchanged) {
    return ["  no observable change", ...locks];
  }
  if (effect.unchanged) lines.unshift("  fences and registers unchanged");
  else if (lines.length === locks.length) lines.unshift("  the same accesses, on other CPUs");
  return lines;
}

const lockLines = ({ locks }: Effect, max: number): string[] => [
  ...tallies("locks +", locks.added, max),
  ...tallies("locks -", locks.removed, max),
];

/** The lines of an effect, empty for none; `max` different things of one sort are listed. */
export function effectLines(effect: Effect, max = listedMax): string[] {
  const { fences, registers, works, interrupts, log, findings } = effect;
  const items = (texts: readonly string[]): string[] => list(texts, max);
  const counted = (label: string, tally: readonly Tally[]): string[] => tallies(label, tally, max);
  const lines = [
    ...labelled("fences", [
      ...shiftText(fences.earlier, "earlier"),
      ...shiftText(fences.later, "later"),
      ...latencyText(fences.latency),
      ...items(fences.contexts.map(({ what, count }) => `${count} ${what}`)),
      ...items(fences.other),
    ]),
    ...counted("registers +", registers.added),
    ...counted("registers -", registers.removed),
    ...counted("moved", registers.moved),
    ...counted("other value", registers.otherValue),
    ...counted("context", registers.otherContext),
    ...counted("interrupts +", interrupts.added),
    ...counted("interrupts -", interrupts.removed),
    ...counted("queued +", works.added),
    ...counted("queued -", works.removed),
    ...labelled("log +", items(log.added)),
    ...labelled("log -", items(log.removed)),
    ...labelled("finding +", items(findings.added)),
    ...labelled("finding -", items(findings.removed)),
  ];
  // What moves takes what follows along: times alone are told where nothing else is.
  if (lines.length === 0) lines.push(...labelled("times", items(effect.times)));
  lines.push(...lockLines(effect, max));
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

function tallies(label: string, items: readonly Tally[], max: number): string[] {
  const total = items.reduce((n, { count }) => n + count, 0);
  const texts = list(
    items.map(({ what, count }) => `${count} ${what}`),
    max,
  );
  return labelled(label, items.length > 1 ? [`${total} in all`, ...texts] : texts);
}

function list(items: readonly string[], max: number): string[] {
  const rest = items.length - max;
  if (rest <= 0) return [...items];
  return [...items.slice(0, max), `and ${plural(rest, "other")}`];
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
