// A typed difference for a person: the sentence, counts, the first divergence with its chain of
// causes on both sides and as a waveform, the rest.

import { goldenSide, replaySide, type Side } from "../diff/side.ts";
import { differenceKinds, firstDivergence } from "../diff/typed.ts";
import type { Difference, GoldenDifference } from "../diff/typed.ts";
import type { BuiltGolden } from "../golden/build.ts";
import type { Golden } from "../golden/model.ts";
import { formatUs } from "../golden/print.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { chainLines, rowLine, rowTime, sharedChain } from "./causes.ts";
import { summarySentence } from "./summary-sentence.ts";
import { type Style, wrapText } from "./text.ts";
import { waveform } from "./waveform.ts";

/** Differences shown after the first; the rest is counted. */
const shownMax = 20;
const sentenceColumns = 78;

/** How reports call the sides. */
export interface SideNames {
  /** Heading of each side's chain of causes. */
  readonly chainA: string;
  readonly chainB: string;
}

/** Where one side is a golden and the other its replay. */
export const goldenNames: SideNames = {
  chainA: "in the golden:",
  chainB: "what led there in this replay, nearest first:",
};

/** The report lines of a difference between a golden and a replay. */
export function differenceReport(
  diff: GoldenDifference,
  expected: Golden,
  actual: BuiltGolden,
  rec: Recorder | null,
  style: Style,
): string[] {
  const b = rec === null ? goldenSide(actual, "") : replaySide(actual, rec, "");
  return sidesReport(diff, goldenSide(expected, ""), b, style, goldenNames);
}

/** The difference between a golden and a replay in one sentence. */
export function differenceSummary(
  diff: GoldenDifference,
  expected: Golden,
  actual: BuiltGolden,
  rec: Recorder,
): string {
  return summarySentence(diff, goldenSide(expected, ""), replaySide(actual, rec, ""));
}

/** The report lines of a difference between two sides; empty where nothing differs. */
export function sidesReport(
  diff: GoldenDifference,
  a: Side,
  b: Side,
  style: Style,
  names: SideNames,
): string[] {
  const first = firstDivergence(diff);
  if (first === null) return [];
  const lines = wrapText(summarySentence(diff, a, b), sentenceColumns).map(style.bold);
  lines.push("", `${style.red("differs")}: ${countsText(diff)}`);
  lines.push("", ...divergenceLines(first, a, b, style, names));
  if (diff.first !== first) lines.push("", ...timesLine(diff.first!));
  const wave = waveform({ a, b, ...divergenceTimes(first, a, b) }, style);
  if (wave.length > 0) lines.push("", ...wave);
  if (diff.differences.length > 1) lines.push("", ...listLines(diff.differences));
  return lines;
}

/** `2 missing, 9 delayed`. */
export function countsText({ counts }: GoldenDifference): string {
  return differenceKinds
    .filter((k) => counts[k] > 0)
    .map((k) => `${counts[k]} ${k}`)
    .join(", ");
}

function divergenceLines(
  first: Difference,
  a: Side,
  b: Side,
  style: Style,
  names: SideNames,
): string[] {
  const lines = [
    `first divergence at ${formatUs(first.time)} us (${first.section}): ${first.kind}`,
    `  ${first.detail}`,
  ];
  const rowA = rowLine(a, first, first.expected);
  const rowB = rowLine(b, first, first.actual);
  if (rowA !== null) lines.push(`  ${style.red("-")} ${rowA}`);
  if (rowB !== null) lines.push(`  ${style.green("+")} ${rowB}`);
  const chainA = [...chainLines(a, first, first.expected), ...sharedChain(a, b, first)];
  const chainB = chainLines(b, first, first.actual);
  const [linesA, linesB] = [chainA, chainB].map((chain) => chain.map((l) => `  ${l}`));
  if (linesA.length > 0) lines.push("", names.chainA, ...linesA);
  if (linesB.length > 0) lines.push("", names.chainB, ...linesB);
  return lines;
}

/** Times may part before anything else does. */
function timesLine({ time, detail }: Difference): string[] {
  return [`times differ from ${formatUs(time)} us on: ${detail}`];
}

/** When the first divergence is on each side. */
export function divergenceTimes(
  first: Difference,
  a: Side,
  b: Side,
): { readonly atA: number; readonly atB: number } {
  const atA = rowTime(a, first, first.expected);
  const atB = rowTime(b, first, first.actual);
  // What moved parts the sides where it comes first.
  if (first.kind === "moved" && atA !== null && atB !== null) {
    const at = Math.min(atA, atB);
    return { atA: at, atB: at };
  }
  // What one side lacks would be where the other has it, but for the shift until then.
  return { atA: atA ?? atB ?? first.time, atB: atB ?? atA ?? first.time };
}

/** All differences in order, one a line. */
export function listLines(differences: readonly Difference[]): string[] {
  const lines = ["all differences in order:"];
  for (const d of differences.slice(0, shownMax)) {
    const [detail] = d.detail.split("\n");
    lines.push(`  ${formatUs(d.time).padStart(12)}  ${d.kind.padEnd(13)}  ${detail}`);
  }
  const rest = differences.length - shownMax;
  if (rest > 0) lines.push(`  and ${rest} more`);
  return lines;
}
