// A typed difference for a person: counts, the first divergence with its cause chain, the rest.

import type { Difference, GoldenDifference } from "../diff/typed.ts";
import { differenceKinds } from "../diff/typed.ts";
import type { BuiltGolden } from "../golden/build.ts";
import type { Golden } from "../golden/model.ts";
import { formatUs, printFence, printLog, printRegister } from "../golden/print.ts";
import { causeChain } from "../timeline/causality.ts";
import { describeEntry } from "../timeline/describe.ts";
import type { Recorder } from "../timeline/recorder.ts";
import type { Style } from "./text.ts";

/** Differences shown after the first; the rest is counted. */
const shownMax = 20;
/** Entries of a cause chain shown. */
const chainShown = 16;

/** The report lines of a difference between a golden and a replay. */
export function differenceReport(
  diff: GoldenDifference,
  expected: Golden,
  actual: BuiltGolden,
  rec: Recorder | null,
  style: Style,
): string[] {
  const { first } = diff;
  if (first === null) return [];
  const counts = differenceKinds
    .filter((k) => diff.counts[k] > 0)
    .map((k) => `${diff.counts[k]} ${k}`)
    .join(", ");
  const lines = [
    `${style.red("differs")}: ${counts}`,
    "",
    `first divergence at ${formatUs(first.time)} us (${first.section}): ${first.kind}`,
    `  ${first.detail}`,
  ];
  const e = row(expected, first, first.expected);
  const a = row(actual, first, first.actual);
  if (e !== null) lines.push(`  ${style.red("-")} ${e}`);
  if (a !== null) lines.push(`  ${style.green("+")} ${a}`);
  const entry = entryOf(actual, first);
  if (rec !== null && entry >= 0) {
    lines.push("", "what led there in this replay, nearest first:");
    for (const i of causeChain(rec, entry).slice(0, chainShown))
      lines.push(`  ${describeEntry(rec, i)}`);
  }
  const expectedFence = first.section === "fences" ? expected.fences[first.expected] : undefined;
  if (expectedFence !== undefined && expectedFence.path.length > 0) {
    lines.push("", `in the golden: ${[expectedFence.by, ...expectedFence.path].join(" < ")}`);
  }
  if (diff.differences.length > 1) {
    lines.push("", "all differences in order:");
    for (const d of diff.differences.slice(0, shownMax)) {
      lines.push(`  ${formatUs(d.time).padStart(12)}  ${d.kind.padEnd(13)}  ${d.detail}`);
    }
    const rest = diff.differences.length - shownMax;
    if (rest > 0) lines.push(`  and ${rest} more`);
  }
  return lines;
}

function row(golden: Golden, d: Difference, index: number): string | null {
  if (index < 0) return null;
  switch (d.section) {
    case "fences":
      return printFence(golden.fences[index]);
    case "registers":
      return printRegister(golden.registers[index]);
    case "log":
      return printLog(golden.log[index]);
  }
}

function entryOf(actual: BuiltGolden, d: Difference): number {
  if (d.actual < 0 || d.section === "log") return -1;
  return actual.index[d.section][d.actual];
}
