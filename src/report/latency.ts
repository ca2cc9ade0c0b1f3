// Latency of job completion by stage, over the jobs of a replay.

import type { FenceRow } from "../golden/model.ts";
import { formatUs } from "../golden/print.ts";
import { type StageName, stageNames } from "../timeline/completion.ts";
import { columns } from "./text.ts";

export interface StageStatistics {
  readonly stage: StageName | "total";
  readonly count: number;
  readonly minNs: number;
  readonly medianNs: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** Job fences: those that drm_sched queued. */
export function jobFences(fences: readonly FenceRow[]): FenceRow[] {
  return fences.filter((f) => f.queued >= 0);
}

/** Statistics per stage over all fences that went through it, and of the whole way. */
export function stageStatistics(fences: readonly FenceRow[]): StageStatistics[] {
  const samples = new Map<StageName | "total", number[]>();
  const add = (stage: StageName | "total", ns: number): void => {
    const list = samples.get(stage);
    if (list === undefined) samples.set(stage, [ns]);
    else list.push(ns);
  };
  for (const f of fences) {
    if (f.stages.length === 0) continue;
    let total = 0;
    for (const [stage, ns] of f.stages) {
      add(stage, ns);
      total += ns;
    }
    add("total", total);
  }
  const out: StageStatistics[] = [];
  for (const stage of [...stageNames, "total"] as const) {
    const list = samples.get(stage)?.sort((a, b) => a - b);
    if (list === undefined) continue;
    const at = (q: number): number => list[Math.min(list.length - 1, Math.floor(q * list.length))];
    out.push({
      stage,
      count: list.length,
      minNs: list[0],
      medianNs: at(0.5),
      p99Ns: at(0.99),
      maxNs: list[list.length - 1],
    });
  }
  return out;
}

/** The stages as a table, microseconds. */
export function latencyTable(statistics: readonly StageStatistics[]): string[] {
  const rows = statistics.map((s) => [
    s.stage.replace("_", " "),
    formatUs(s.minNs),
    formatUs(s.medianNs),
    formatUs(s.p99Ns),
    formatUs(s.maxNs),
    String(s.count),
  ]);
  return columns(
    [["after gpu done", "min", "median", "p99", "max", "jobs"], ...rows],
    [1, 2, 3, 4, 5],
  );
}

/** One job's way from the GPU to the signal on one line: `gpu done -> 1.001 hardirq -> …`. */
export function stageLine(f: FenceRow): string {
  return [
    "gpu done",
    ...f.stages.map(([stage, ns]) => `+${formatUs(ns)} ${stage.replace("_", " ")}`),
  ].join(" -> ");
}
