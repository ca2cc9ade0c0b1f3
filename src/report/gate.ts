// The outcome of the golden gate: one case for each trace, revision and profile, one for each golden
// that nothing names, and one for each trace whose declarations match nothing. Every output format
// prints the same cases.

import type { Difference } from "../diff/difference.ts";
import { plural, type Style } from "./text.ts";

export const gateVerdicts = [
  "agrees",
  "differs",
  "finding",
  "no golden",
  "obsolete",
  "unused declaration",
  "bad input",
  "defect",
] as const;
export type GateVerdict = (typeof gateVerdicts)[number];

export interface GateCase {
  /** `<revision>/<profile>/<trace>`, as in the golden's path. */
  readonly name: string;
  /** The file that a person would look at: the trace, or the golden that is obsolete. */
  readonly file: string;
  /** The golden's file, where the case is about one. */
  readonly golden?: string;
  /** What was replayed, where something was. */
  readonly trace?: string;
  readonly revision?: string;
  readonly profile?: string;
  readonly verdict: GateVerdict;
  /** What is wrong in one line, empty where nothing is. */
  readonly summary: string;
  /** The whole report of a case that fails. */
  readonly lines: readonly string[];
  readonly digest?: string;
  readonly findings?: readonly string[];
  readonly differences?: readonly Difference[];
  /** Line of each difference in the golden and in the trace, where it was asked for. */
  readonly places?: readonly { readonly golden: number | null; readonly trace: number | null }[];
  /** The difference as Markdown, where it was asked for. */
  readonly markdown?: readonly string[];
  readonly error?: string;
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

/** Line of a finding in its trace, from its text (`line 12: …`); null where it names none. */
export function findingLine(text: string): number | null {
  const m = /^line (\d+): /.exec(text);
  return m === null ? null : Number(m[1]);
}

/** `file:line:column: ` in front of a located message. */
export function placeOf(text: string): { line: number; column: number } | null {
  const m = /^[^\n:]+:(\d+):(\d+): /.exec(text);
  return m === null ? null : { line: Number(m[1]), column: Number(m[2]) };
}
