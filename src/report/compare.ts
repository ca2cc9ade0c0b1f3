// A comparison of two sides as text for a person, with the latency of every stage on both sides.

import type { Comparison } from "../diff/compare.ts";
import type { Distribution, StageLatency } from "../diff/latency.ts";
import { signalledPairs } from "../diff/effect-fences.ts";
import { formatUs } from "../golden/print.ts";
import { duration } from "./clause.ts";
import { sidesReport } from "./difference.ts";
import { columns, plural, type Style } from "./text.ts";

const names = {
  chainA: "what led there in A, nearest first:",
  chainB: "what led there in B, nearest first:",
};

/** The report of a comparison. */
export function comparisonText(comparison: Comparison, style: Style): string[] {
  const { a, b, diff, latency } = comparison;
  const lines = [
    `A  ${a.title} (${sizes(a.golden)})`,
    `B  ${b.title} (${sizes(b.golden)})`,
    ...notes(comparison),
    "",
    verdictText(comparison, style),
  ];
  lines.push(...sidesReport(diff, a, b, style, names));
  if (latency.length > 0) lines.push("", ...latencyTable(latency));
  return lines;
}

function sizes({ fences, registers }: Comparison["a"]["golden"]): string {
  const n = registers.length;
  return `${plural(fences.length, "fence")}, ${n} register ${n === 1 ? "access" : "accesses"}`;
}

/** How the sides were made comparable. */
export function notes({ renamed, offsetNs }: Comparison): string[] {
  const lines: string[] = [];
  if (renamed.size > 0) {
    const shown = [...renamed].slice(0, 6).map(([b, a]) => `${b} is ${a}`);
    const rest = renamed.size - shown.length;
    const more = rest > 0 ? `, and ${rest} more` : "";
    lines.push(`   fence contexts of B under A's numbers: ${shown.join(", ")}${more}`);
  }
  if (offsetNs !== 0) {
    const way = offsetNs > 0 ? "later" : "earlier";
    lines.push(`   both begin at their first common entry; B's came ${duration(offsetNs)} ${way}`);
  }
  return lines;
}

/** `behaviour differs`, `only times differ, by up to 31 us`, `same`. */
export function verdictText({ verdict, a, b, diff }: Comparison, style: Style): string {
  if (verdict === "same") return style.green("same: no difference");
  if (verdict === "behaviour differs") return style.red(verdict);
  const most = signalledPairs(a.golden.fences, b.golden.fences)
    .map(([x, y]) => Math.abs(y.signalled - x.signalled))
    .concat(diff.differences.map((d) => Math.abs(d.byNs)))
    .reduce((max, ns) => Math.max(max, ns), 0);
  return style.yellow(`${verdict}, by up to ${duration(most)}`);
}

/** Distributions of each stage, two lines a stage: A and B. */
export function latencyTable(latency: readonly StageLatency[]): string[] {
  const head = ["latency, us", "", "n", "min", "p50", "p90", "p99", "max"];
  const rows = latency.flatMap(({ stage, a, b }) => {
    const [ofA, ofB] = [cells(a), cells(b)];
    // What is the same on both sides is one line.
    if (ofA.join(" ") === ofB.join(" ")) return [[stage, "A=B", ...ofA]];
    return [
      [stage, "A", ...ofA],
      ["", "B", ...ofB],
    ];
  });
  return columns([head, ...rows], [2, 3, 4, 5, 6, 7]);
}

function cells(d: Distribution | null): string[] {
  if (d === null) return ["0", "-", "-", "-", "-", "-"];
  return [String(d.n), ...[d.minNs, d.p50Ns, d.p90Ns, d.p99Ns, d.maxNs].map(formatUs)];
}
