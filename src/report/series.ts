// What each patch of a series changes, as plain text that fits a mail: below 72 columns.

import { differenceKinds } from "../diff/difference.ts";
import type { Effect } from "../diff/effect.ts";
import type { Shift } from "../diff/effect-fences.ts";
import { isEnd } from "../diff/finding-changes.ts";
import type { Tally } from "../diff/tally.ts";
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
/** What no two accesses have more between them is the cost of taking locks elsewhere, ns. */
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

/** What leaving a patch out and changing the order does, what is the same told once. */
function variantsText({ base, patches, variants = [] }: SeriesReport): string[] {
  const leftOut = variants.filter((v) => v.leftOut !== null);
  const swaps = variants.filter((v) => v.swapped !== null);
  const lines: string[] = [];
  if (leftOut.length > 0) lines.push("", "Without one patch, against the whole series");
  const byLeft = leftOut.map((v) => [`${v.leftOut}`, patchLines(v, variantListedMax)] as const);
  for (const [names, told] of joinSame(byLeft)) {
    lines.push("", ...wrap(`without ${names.join(", ")}`, 0, 2), ...told);
  }
  if (swaps.length > 0) lines.push("", "Two patches swapped, against the whole series");
  const bySwap = swaps.map((v) => [v.swapped!.join("/"), patchLines(v, variantListedMax)] as const);
  for (const [names, told] of joinSame(bySwap)) {
    lines.push("", ...wrap(`${names.join(", ")} swapped`, 0, 2), ...told);
  }
  const betweens = swaps.filter((v) => v.between !== null);
  if (betweens.length > 0) lines.push("", "A patch without the one before it");
  const usual: number[] = [];
  for (const { swapped, between } of betweens) {
    const [first, second] = swapped!;
    const told = patchLines(between!, variantListedMax);
    const same = told.join("\n") === patchLines(patches[second - 1], variantListedMax).join("\n");
    if (same) usual.push(second);
    else lines.push("", `patch ${second} on ${belowText(first, base)}`, ...told);
  }
  if (usual.length === 0) return lines;
  lines.push("", ...wrap(`patch ${usual.join(", ")}`, 0, 2), "  the same as with it");
  return lines;
}

/** What is below a patch, in words. */
export function belowText(first: number, base: string): string {
  if (first <= 2) return first === 1 ? base : "patch 1";
  return first === 3 ? "patches 1 and 2" : `patches 1 to ${first - 1}`;
}

/** Things that have the same text, together, in the order of the first of them. */
function joinSame(
  items: readonly (readonly [string, readonly string[]])[],
): (readonly [string[], readonly string[]])[] {
  const out = new Map<string, readonly [string[], readonly string[]]>();
  for (const [name, text] of items) {
    const key = text.join("\n");
    const same = out.get(key);
    if (same === undefined) out.set(key, [[name], text]);
    else same[0].push(name);
  }
  return [...out.values()];
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
    const but = locks.length === 0 ? "" : " but for locks";
    return [`  no observable change${but} (the whole timeline is identical)`, ...locks];
  }
  const { timesOnly } = effect;
  const lines = effectLines(effect, max);
  const told = (key: "works" | "interrupts" | "log" | "findings"): boolean =>
    effect[key].added.length > 0 || effect[key].removed.length > 0;
  const changed = effect.findings.changed.length > 0;
  const elsewhere =
    changed || told("works") || told("interrupts") || told("log") || told("findings");
  if (timesOnly !== null && timesOnly.mostNs > 0 && !elsewhere) {
    const { mostNs, stepNs } = timesOnly;
    const small = stepNs <= costOfLocksNs;
    const text =
      `${small ? "no observable change but what locks and atomic operations cost" : "only times differ"}: ` +
      `the same fences and accesses in the same order, up to ${formatUs(mostNs)} us away`;
    const told = wrap(text, 2, 2);
    return small ? [...told, ...locks] : [...told, ...lines];
  }
  if (lines.length === locks.length && effect.unchanged) {
    const { added, removed } = effect.kinds;
    const same = added.length === 0 && removed.length === 0;
    return [
      `  no observable change${same ? " (the same entries but for order and values)" : ""}`,
      ...tallies("entries +", added, max),
      ...tallies("entries -", removed, max),
      ...locks,
    ];
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
      ...items(fences.other.map(({ what, count }) => `${count} ${what}`)),
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
    ...labelled("log +", items(alikeOnce(log.added))),
    ...labelled("log -", items(alikeOnce(log.removed))),
    ...labelled("finding", items(alikeOnce(findings.changed))),
    ...findingLines(findings, items),
  ];
  // What moves takes what follows along: times alone are told where nothing else is.
  if (lines.length === 0) lines.push(...labelled("times", items(effect.times)));
  lines.push(...lockLines(effect, max));
  const counts = differenceKinds.flatMap((kind) =>
    effect.counts[kind] > 0 ? [`${effect.counts[kind]} ${kind}`] : [],
  );
  // Where fences and registers are as they were, these are lines of the log, told above.
  const told = effect.unchanged || counts.length === 0 ? [] : [counts.join(", ")];
  const total = labelled("differences", told);
  return [...total, ...lines];
}

/** What came and went; first what says that one of the two replays did not get as far. */
function findingLines(
  { added, removed }: Effect["findings"],
  items: (texts: readonly string[]) => string[],
): string[] {
  const told = (texts: readonly string[], reached: string): string[] =>
    items(alikeOnce(texts.map((text) => (isEnd(text) ? `${text} (${reached})` : text))));
  const plus = labelled("finding +", told(added, "what comes after is not reached"));
  const minus = labelled("finding -", told(removed, "what comes after was not reached"));
  return removed.some(isEnd) ? [...minus, ...plus] : [...plus, ...minus];
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

/** Lines that differ in lines, addresses and times alone, once: the first of them, and how many. */
function alikeOnce(texts: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const text of texts) {
    const key = text
      .replace(/^line \d+/, "line")
      .replace(/0x[0-9a-f]+|\b\d+\.\d+\b|entry \d+/g, "N");
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return [...groups.values()].map(([first, ...more]) =>
    more.length === 0 ? first : `${first} (and ${more.length} like it)`,
  );
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
