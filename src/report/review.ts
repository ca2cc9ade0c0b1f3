// What came of a review: how many differences were accepted, and what is left to fix.

import type { GateCase } from "./gate.ts";
import type { Style } from "./text.ts";

export interface Reviewed {
  readonly gate: GateCase;
  readonly state: "accepted" | "rejected" | "skipped";
  /** Why, as the reviewer put it. */
  readonly remark: string;
}

/** Counts, then each rejected case with its reason and the command that shows it again. */
export function reviewSummary(
  reviewed: readonly Reviewed[],
  left: readonly GateCase[],
  style: Style,
  commandOf: (gate: GateCase) => string | null,
): string[] {
  if (reviewed.length === 0 && left.length === 0) return ["nothing is pending"];
  const of = (state: Reviewed["state"]): Reviewed[] => reviewed.filter((r) => r.state === state);
  const lines = [""];
  const tell = (state: string, { gate, remark }: Reviewed): void => {
    const why = remark === "" ? gate.summary : remark;
    lines.push(`${style.red(state)}  ${gate.name}${why === "" ? "" : `: ${why}`}`);
    const command = commandOf(gate);
    if (command !== null) lines.push(`          ${command}`);
  };
  for (const r of of("rejected")) tell("rejected", r);
  for (const r of of("skipped")) tell("skipped ", r);
  for (const gate of left) lines.push(`open      ${gate.name}: ${gate.verdict}`);
  const counts = [`${of("accepted").length} accepted`, `${of("rejected").length} rejected`];
  counts.push(`${of("skipped").length} skipped`);
  if (left.length > 0) counts.push(`${left.length} not looked at`);
  lines.push(counts.join(", "));
  return lines;
}
