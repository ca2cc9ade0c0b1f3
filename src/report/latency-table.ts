// The way from a finished job to its signalled fence for several designs side by side: who signals,
// after how many hand-overs, how long it takes in all and by stage.

import type { FenceRow } from "../golden/model.ts";
import { formatUs } from "../golden/print.ts";
import { type StageName, stageNames } from "../timeline/completion.ts";
import { jobFences } from "./latency.ts";
import { columns } from "./text.ts";

/** Completions of one design in one situation. */
export interface LatencySamples {
  /** From the GPU's write to the signal, ns, ascending. */
  readonly totals: readonly number[];
  /** Each stage that occurs, in order, ns from the stage before it, ascending. */
  readonly stages: readonly (readonly [StageName, readonly number[]])[];
  /** Contexts that signal, most frequent first. */
  readonly contexts: readonly string[];
  /** Contexts between the hard interrupt and the signal, the last included: fewest and most. */
  readonly handOvers: readonly [number, number];
}

export interface DesignLatency {
  readonly design: string;
  readonly revision: string;
  readonly samples: LatencySamples;
}

/** One situation: the same jobs, for each design. */
export interface LatencyScene {
  readonly title: string;
  readonly designs: readonly DesignLatency[];
}

const percentiles = [0.5, 0.9, 0.99] as const;

/** What is known of the jobs of a replay. */
export function latencySamples(fences: readonly FenceRow[]): LatencySamples {
  const jobs = jobFences(fences).filter((f) => f.stages.length > 0);
  const ascending = (list: number[]): number[] => list.sort((a, b) => a - b);
  const totals = ascending(jobs.map((f) => f.stages.reduce((sum, [, ns]) => sum + ns, 0)));
  const stages = stageNames.flatMap((name) => {
    const list = jobs.flatMap((f) => f.stages.filter(([s]) => s === name).map(([, ns]) => ns));
    return list.length === 0 ? [] : [[name, ascending(list)] as const];
  });
  const counts = new Map<string, number>();
  for (const { by } of jobs) counts.set(by, (counts.get(by) ?? 0) + 1);
  const contexts = [...counts].sort((a, b) => b[1] - a[1]).map(([by]) => by);
  const overs = jobs.map(handOvers);
  return { totals, stages, contexts, handOvers: [Math.min(...overs), Math.max(...overs)] };
}

/** Contexts after the hard interrupt that the completion went through. */
function handOvers({ by, path }: FenceRow): number {
  const way = [by, ...path].filter((c, i, all) => i === 0 || c !== all[i - 1]);
  const hardirq = way.findIndex((c) => c.startsWith("hardirq "));
  return hardirq < 0 ? way.length - 1 : hardirq;
}

/** Nearest-rank percentile of an ascending list. */
export function percentile(list: readonly number[], q: number): number {
  return list[Math.max(0, Math.ceil(q * list.length) - 1)] ?? 0;
}

const header = ["design", "signalled by", "hand-overs", "min", "p50", "p90", "p99", "max"];

const summary = ({ design, samples }: DesignLatency): string[] => {
  const { totals, contexts, handOvers: overs } = samples;
  const us = (q: number): string => formatUs(percentile(totals, q));
  return [
    design,
    contexts.join(", "),
    overs[0] === overs[1] ? String(overs[0]) : overs.join(" to "),
    formatUs(totals[0] ?? 0),
    ...percentiles.map(us),
    formatUs(totals.at(-1) ?? 0),
  ];
};

/** Median of each stage, as a row per design. */
function stageRows({ designs }: LatencyScene): string[][] {
  const names = stageNames.filter((name) =>
    designs.some((d) => d.samples.stages.some(([s]) => s === name)),
  );
  const rows = designs.map(({ design, samples }) => [
    design,
    ...names.map((name) => {
      const stage = samples.stages.find(([s]) => s === name);
      if (stage === undefined) return "-";
      return `${formatUs(percentile(stage[1], 0.5))} / ${formatUs(percentile(stage[1], 0.99))}`;
    }),
  ]);
  return [["p50 / p99", ...names.map((name) => name.replace("_", " "))], ...rows];
}

const right = (rows: readonly (readonly string[])[], from: number): number[] =>
  (rows[0] ?? []).map((_, i) => i).filter((i) => i >= from);

/** All situations as text; times in us. */
export function latencyText(title: string, scenes: readonly LatencyScene[]): string[] {
  const lines = [title];
  for (const scene of scenes) {
    const rows = [header, ...scene.designs.map(summary)];
    lines.push("", `${scene.title}; GPU done to signal, us`, "", ...columns(rows, right(rows, 2)));
    const stages = stageRows(scene);
    lines.push("", "by stage, us after the stage before it", "");
    lines.push(...columns(stages, right(stages, 1)));
  }
  return lines;
}

/** The same as Markdown. */
export function latencyMarkdown(title: string, scenes: readonly LatencyScene[]): string[] {
  const table = (rows: readonly (readonly string[])[], numbers: number): string[] => {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    const rule = rows[0].map((_, i) => (i >= numbers ? "---:" : "---"));
    return [line(rows[0]), line(rule), ...rows.slice(1).map(line)];
  };
  const lines = [`## ${title}`];
  for (const scene of scenes) {
    lines.push("", `### ${scene.title}`, "", "GPU done to signal, us:", "");
    lines.push(...table([header, ...scene.designs.map(summary)], 2));
    lines.push("", "By stage, us after the stage before it:", "", ...table(stageRows(scene), 1));
  }
  return lines;
}
