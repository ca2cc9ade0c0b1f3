// A difference as Markdown, for a comment on a patch: the sentence and the waveform in sight, the rest
// folded.

import type { Comparison } from "../diff/compare.ts";
import type { Side } from "../diff/side.ts";
import { type Difference, firstDivergence, type GoldenDifference } from "../diff/typed.ts";
import { formatUs } from "../golden/print.ts";
import { chainLines, rowLine, sharedChain } from "./causes.ts";
import { latencyTable, notes, verdictText } from "./compare.ts";
import { countsText, divergenceTimes } from "./difference.ts";
import { summarySentence } from "./summary-sentence.ts";
import { noStyle } from "./text.ts";
import { waveform } from "./waveform.ts";

/** Differences in the table; the rest is counted. */
const shownMax = 50;

/** The Markdown of a comparison. */
export function comparisonMarkdown(comparison: Comparison): string[] {
  const { a, b, diff, latency } = comparison;
  const lines = [
    `**${verdictText(comparison, noStyle)}** between A, ${code(a.title)}, and B, ${code(b.title)}`,
    ...notes(comparison).map((note) => `<br>${escape(note.trim())}`),
  ];
  lines.push(...differenceMarkdown(diff, a, b));
  if (latency.length > 0) {
    lines.push("", ...folded("Latency by stage", fenced(latencyTable(latency))));
  }
  return lines;
}

/** The Markdown of a difference; empty where nothing differs. */
export function differenceMarkdown(diff: GoldenDifference, a: Side, b: Side): string[] {
  const first = firstDivergence(diff);
  if (first === null) return [];
  const wave = waveform({ a, b, ...divergenceTimes(first, a, b) }, noStyle);
  const lines = ["", escape(summarySentence(diff, a, b))];
  if (wave.length > 0) lines.push("", ...fenced(wave));
  const chains = [
    ...divergence("A", a, first, first.expected),
    ...sharedChain(a, b, first).map((l) => `  ${l}`),
    ...divergence("B", b, first, first.actual),
  ];
  const title = `First divergence at ${formatUs(first.time)} us: ${first.kind}`;
  lines.push("", ...folded(title, [escape(first.detail), "", ...fenced(chains)]));
  lines.push("", ...folded(`All differences: ${countsText(diff)}`, table(diff.differences)));
  return lines;
}

function divergence(name: string, side: Side, d: Difference, row: number): string[] {
  const line = rowLine(side, d, row);
  const chain = chainLines(side, d, row).map((l) => `  ${l}`);
  return [`${name}: ${line ?? "nothing"}`, ...chain];
}

function table(differences: readonly Difference[]): string[] {
  const lines = ["| us | kind | what |", "| ---: | --- | --- |"];
  for (const d of differences.slice(0, shownMax)) {
    const [detail] = d.detail.split("\n");
    lines.push(`| ${formatUs(d.time)} | ${d.kind} | ${cell(detail)} |`);
  }
  const rest = differences.length - shownMax;
  if (rest > 0) lines.push("", `and ${rest} more`);
  return lines;
}

/** A block that is opened by a click. */
export function folded(summary: string, body: readonly string[]): string[] {
  return [`<details><summary>${escape(summary)}</summary>`, "", ...body, "", "</details>"];
}

/** A code block whose fence no line can close. */
export function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.map((l) => /`+/.exec(l)?.[0].length ?? 0));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...lines, fence];
}

export const code = (text: string): string => `\`${text.replaceAll("`", "'")}\``;

/** What would be markup or HTML is text. */
export function escape(text: string): string {
  return text.replace(/[\\`*_<>#[\]]/g, (c) =>
    c === "<" ? "&lt;" : c === ">" ? "&gt;" : `\\${c}`,
  );
}

/** Text for a cell of a table. */
export const cell = (text: string): string => escape(text).replaceAll("|", "\\|");
