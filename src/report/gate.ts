// The outcome of the golden gate: one case for each trace, revision and profile, and one for each
// golden that nothing names. Every output format prints the same cases.

import { plural, type Style } from "./text.ts";

export const gateVerdicts = [
  "agrees",
  "differs",
  "finding",
  "no golden",
  "obsolete",
  "bad input",
  "defect",
] as const;
export type GateVerdict = (typeof gateVerdicts)[number];

export interface GateCase {
  /** `<revision>/<profile>/<trace>`, as in the golden's path. */
  readonly name: string;
  /** The file that a person would look at: the trace, or the golden that is obsolete. */
  readonly file: string;
  readonly verdict: GateVerdict;
  /** What is wrong in one line, empty where nothing is. */
  readonly summary: string;
  /** The whole report of a case that fails. */
  readonly lines: readonly string[];
}

/** `12 agree, 1 differs`: how many cases ended how. */
export function gateCounts(cases: readonly GateCase[]): string {
  const counts = gateVerdicts.flatMap((verdict) => {
    const n = cases.filter((c) => c.verdict === verdict).length;
    return n === 0 ? [] : [`${n} ${verdict}`];
  });
  return `${plural(cases.length, "case")}: ${counts.join(", ") || "none"}`;
}

/** True for a case that fails the gate. */
export const fails = (c: GateCase): boolean => c.verdict !== "agrees";

/** The report for a person: what fails in full, then every failing case on a line, then counts. */
export function gateText(cases: readonly GateCase[], style: Style): string[] {
  const failing = cases.filter(fails);
  const lines = failing.flatMap((c) => [...c.lines, ""]);
  for (const c of failing) {
    lines.push(`${style.red(c.verdict.padEnd(9))}  ${c.name}${c.summary && `: ${c.summary}`}`);
  }
  lines.push(gateCounts(cases));
  return lines;
}
