// Compares two goldens, replays or recordings and prints the difference.

import { compareSides, type Comparison } from "../diff/compare.ts";
import { differenceKinds } from "../diff/difference.ts";
import { comparisonMarkdown } from "../report/markdown.ts";
import { comparisonText } from "../report/compare.ts";
import { summarySentence } from "../report/summary-sentence.ts";
import { ansiStyle, noStyle } from "../report/text.ts";
import { exitCode } from "./exit-codes.ts";
import { parseOperand } from "./operand.ts";
import { loadSide, withInferredCauses, withTimeline } from "./side.ts";
import { wantsColour } from "./streams.ts";

export interface DiffOptions {
  readonly a: string;
  readonly b: string;
  /** For traces that do not name theirs. */
  readonly revision: string | null;
  readonly profile: string | null;
  /** Folder of the traces that goldens were made from. */
  readonly traces: string;
  readonly format: "text" | "markdown" | "json";
}

/** Runs and prints; 0 when both are the same, 1 otherwise. */
export async function runDiff(o: DiffOptions): Promise<number> {
  const operands = [parseOperand(o.a, o), parseOperand(o.b, o)] as const;
  const onNote = (path: string) => (text: string) =>
    process.stderr.write(`note: ${path}: ${text}\n`);
  let a = await loadSide(operands[0], onNote(o.a));
  let b = await loadSide(operands[1], onNote(o.b));
  if (a.kind === "recording" || b.kind === "recording") {
    [a, b] = [withInferredCauses(a), withInferredCauses(b)];
  }
  let comparison = compareSides(a, b);
  if (comparison.verdict !== "same" && (a.timeline === null || b.timeline === null)) {
    // Why is only in timelines: a golden whose trace is here can have its own again.
    comparison = compareSides(withTimeline(a, o.traces), withTimeline(b, o.traces));
  }
  process.stdout.write(`${print(comparison, o.format)}\n`);
  return comparison.verdict === "same" ? exitCode.agrees : exitCode.differs;
}

function print(comparison: Comparison, format: DiffOptions["format"]): string {
  if (format === "json") return JSON.stringify(comparisonJson(comparison), null, 2);
  if (format === "markdown") return comparisonMarkdown(comparison).join("\n");
  return comparisonText(comparison, wantsColour() ? ansiStyle : noStyle).join("\n");
}

/** The comparison for a machine: the differences carry what it takes to turn A into B. */
function comparisonJson({ a, b, diff, latency, verdict, renamed, offsetNs }: Comparison): unknown {
  return {
    a: a.title,
    b: b.title,
    verdict,
    summary: summarySentence(diff, a, b),
    counts: Object.fromEntries(differenceKinds.map((k) => [k, diff.counts[k]])),
    renamedContexts: Object.fromEntries(renamed),
    offsetNs,
    latency,
    differences: diff.differences,
  };
}
