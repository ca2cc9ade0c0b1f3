// What a bisection of a series found, for a person: the patch first, then what it does, then how
// sure that is. Below 72 columns, but for timeline entries.

import type { BisectResult, Certainty } from "../bisect/series.ts";
import { effectLines, wrap } from "../report/series.ts";
import type { Explanation } from "./bisect-explain.ts";
import type { Range } from "./bisect-range.ts";

export interface BisectAbout {
  readonly trace: string;
  readonly profile: string;
  /** Completes "the first patch that …". */
  readonly predicate: string;
}

/** The report; `explanation` tells the timelines before and behind the patch apart. */
export function bisectText(
  range: Range,
  about: BisectAbout,
  result: BisectResult,
  { sentence, divergence }: Explanation,
): string[] {
  return [
    ...verdict(range, about, result),
    ...what(result, sentence),
    ...(divergence.length === 0 ? [] : [...divergence, ""]),
    ...sureness(range, about, result),
  ];
}

function verdict({ series, good, bad }: Range, { predicate }: BisectAbout, r: BisectResult) {
  const { patches } = series;
  const title = (n: number): string => `[${n}/${patches.length}] ${patches[n - 1].title}`;
  if (r.patch !== null) {
    const { title: subject, source, observable } = patches[r.patch - 1];
    return [
      ...wrap(`patch ${r.patch} of ${series.id} ${predicate}:`, 0, 2),
      "",
      ...wrap(`[${r.patch}/${patches.length}] ${subject}`, 2, 8),
      ...(source === "" ? [] : wrap(`source: ${source}`, 2, 4)),
      ...(observable === undefined ? [] : wrap(`observable: ${observable}`, 2, 4)),
      "",
    ];
  }
  if (r.candidates.length > 0) {
    return [
      ...wrap(`one of these patches of ${series.id} ${predicate}:`, 0, 2),
      "",
      ...r.candidates.flatMap((n) => wrap(title(n), 2, 8)),
      "",
    ];
  }
  return wrap(`no patch of ${series.id}@${good}..@${bad} ${predicate}`, 0, 2);
}

function what({ evidence, effect }: BisectResult, sentence: string): string[] {
  // A timeline that differs is what the sentence tells.
  const said = [sentence, evidence === null ? "" : `What shows it: ${evidence}.`];
  const lines = said.flatMap((text) => (text === "" ? [] : [...wrap(text, 2, 2), ""]));
  if (effect !== null) lines.push(...effectLines(effect));
  return lines.at(-1) === "" ? lines : [...lines, ""];
}

const sure: Readonly<Record<Certainty, string>> = {
  "confirmed by leaving it out and alone": "Sure: confirmed by leaving it out and by it alone.",
  "confirmed by leaving it out": "Sure: confirmed by leaving it out, not by it alone.",
  "confirmed alone": "Sure that it does it, but perhaps not it only: confirmed by it alone.",
  "by order only": "Likely: by the order of the patches only.",
  narrowed: "Not told apart.",
  none: "",
};

function sureness(range: Range, { trace, profile }: BisectAbout, r: BisectResult): string[] {
  const judged = r.judged.map(([n, j]) => `@${n} ${j === "skip" ? "not judged" : j}`);
  return [
    ...(r.certainty === "none" ? [] : [sure[r.certainty]]),
    ...r.reasons.flatMap((reason) => wrap(`- ${reason}`, 0, 2)),
    ...r.notJudged
      .filter(({ reason }) => !r.reasons.some((said) => said.includes(reason)))
      .flatMap(({ selector, reason }) => wrap(`- ${selector} cannot be judged: ${reason}`, 0, 2)),
    ...wrap(`replayed ${judged.join(", ")}`, 0, 2),
    ...wrap(`of ${range.series.id} on trace ${trace}, profile ${profile}`, 0, 2),
  ];
}
