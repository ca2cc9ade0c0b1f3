// What each patch of a series changes, as Markdown for a review or a merge request.

import { formatUs } from "../golden/print.ts";
import { belowText, type PatchReport, patchLines, type SeriesReport } from "./series.ts";

/** The report of one trace: a table of the patches, then what each does. */
export function seriesMarkdown(report: SeriesReport): string[] {
  const { series, base, title, trace, profile, patches, variants = [] } = report;
  const lines = [
    `## ${series} on ${base}: ${title}`,
    "",
    `Trace \`${trace}\`, profile \`${profile}\`.`,
    "",
    "| patch | | fences | registers | changes |",
    "| ---: | --- | --- | ---: | --- |",
    ...patches.map((p) => `| ${p.number} | ${escape(p.title)} | ${cells(p).join(" | ")} |`),
  ];
  for (const p of patches) {
    lines.push("", `### ${p.number}. ${p.title}`, "", ...fenced(p));
  }
  if (variants.length > 0) lines.push("", "### Left out and swapped", "");
  for (const v of variants) {
    const [a, b] = v.swapped ?? [0, 0];
    const name = v.leftOut !== null ? `Without ${v.leftOut}` : `${a} and ${b} swapped`;
    lines.push(`${name}, against the whole series:`, "", ...fenced(v), "");
    if (v.between !== null) {
      const below = belowText(a, base);
      lines.push(`Patch ${b} on ${below}, without ${a}:`, "", ...fenced(v.between), "");
    }
  }
  return lines;
}

const fenced = (p: Pick<PatchReport, "effect" | "problem">): string[] => [
  "```",
  ...patchLines(p).map((line) => line.slice(2)),
  "```",
];

/** Fences, register accesses and everything else of a patch, each in a few words. */
function cells({ effect, problem }: PatchReport): [string, string, string] {
  if (effect === null) return ["", "", escape(problem ?? "")];
  if (effect.identical) return ["", "", "no observable change"];
  const { fences, registers, works, interrupts, counts } = effect;
  const moved = [
    ...(fences.earlier === null ? [] : [`${fences.earlier.count} earlier`]),
    ...(fences.later === null ? [] : [`${fences.later.count} later`]),
    ...(fences.contexts.length === 0 ? [] : [`${sum(fences.contexts)} elsewhere`]),
    ...(fences.latency === null
      ? []
      : [`${formatUs(fences.latency.afterNs)} us, was ${formatUs(fences.latency.beforeNs)}`]),
  ];
  const accesses = `+${sum(registers.added)} -${sum(registers.removed)}`;
  const rest = [
    ...works.removed.map(({ what, count }) => `-${count} ${what}`),
    ...works.added.map(({ what, count }) => `+${count} ${what}`),
    ...interrupts.removed.map(({ what, count }) => `-${count} irq ${what}`),
    ...interrupts.added.map(({ what, count }) => `+${count} irq ${what}`),
    ...(counts.delayed === 0 ? [] : [`${counts.delayed} delayed`]),
  ];
  return [moved.join(", "), accesses, escape(rest.join(", "))];
}

const sum = (items: readonly { readonly count: number }[]): number =>
  items.reduce((n, { count }) => n + count, 0);

const escape = (text: string): string => text.replaceAll("|", "\\|");
