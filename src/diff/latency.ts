// How long jobs take, stage by stage, as distributions: what two recordings or replays have in
// common even where no two runs have the same times.

import type { FenceRow } from "../golden/model.ts";
import { Completions, type StageName, stageNames } from "../timeline/completion.ts";
import type { Side } from "./side.ts";

export interface Distribution {
  readonly n: number;
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** A stage on both sides; null where a side has none of it. */
export interface StageLatency {
  readonly stage: string;
  readonly a: Distribution | null;
  readonly b: Distribution | null;
}

const ofScheduler = ["queued to run", "run to signalled", "queued to signalled"] as const;
const ofFences = ["created to signalled"] as const;

/** Distributions of every stage that either side has, in the order in which a job goes. */
export function stageLatencies(a: Side, b: Side): StageLatency[] {
  const ours = samples(a);
  const theirs = samples(b);
  const order = [
    ...ofScheduler.slice(0, 2),
    ...stageNames.slice(1).map((stage) => stageTitle(stage)),
    "GPU done to signalled",
    ofScheduler[2],
    ...ofFences,
  ];
  return order.flatMap((stage) => {
    const [x, y] = [distribution(ours.get(stage)), distribution(theirs.get(stage))];
    return x === null && y === null ? [] : [{ stage, a: x, b: y }];
  });
}

/** A stage by what it ends with: `... to hardirq`. */
function stageTitle(stage: StageName): string {
  return `... to ${stage.replaceAll("_", " ")}`;
}

/** Durations by stage, ns. Job fences where there are any, else all. */
function samples(side: Side): Map<string, number[]> {
  const out = new Map<string, number[]>();
  const add = (stage: string, from: number, to: number): void => {
    if (from < 0 || to < from) return;
    const list = out.get(stage);
    if (list === undefined) out.set(stage, [to - from]);
    else list.push(to - from);
  };
  const { fences } = side.golden;
  const completions = side.timeline === null ? null : new Completions(side.timeline.rec);
  const jobs = fences.some((f) => f.queued >= 0 || f.run >= 0);
  fences.forEach((f, i) => {
    if (jobs && f.queued < 0 && f.run < 0) return;
    if (!jobs) add(ofFences[0], f.init, f.signalled);
    add(ofScheduler[0], f.queued, f.run);
    add(ofScheduler[1], f.run, f.signalled);
    add(ofScheduler[2], f.queued, f.signalled);
    const stages = f.error === 0 ? stagesOf(side, completions, f, i) : [];
    let total = 0;
    for (const [stage, ns] of stages) {
      add(stageTitle(stage), 0, ns);
      total += ns;
    }
    if (f.stages.length > 0) add("GPU done to signalled", 0, total);
  });
  return out;
}

/** The stages of a fence; a recording of a board does not see the GPU, its stages begin later. */
function stagesOf(
  side: Side,
  completions: Completions | null,
  f: FenceRow,
  i: number,
): readonly (readonly [StageName, number])[] {
  if (f.stages.length > 0 || completions === null || f.signalled < 0) return f.stages;
  const times = completions.stages(side.timeline!.index.fences[i]);
  const out: (readonly [StageName, number])[] = [];
  let previous: number | null = null;
  for (const stage of stageNames) {
    const time = times[stage];
    if (time === undefined) continue;
    if (previous !== null) out.push([stage, time - previous]);
    previous = time;
  }
  return out;
}

/** Statistics of durations, null of none. */
export function distribution(ns: readonly number[] | undefined): Distribution | null {
  if (ns === undefined || ns.length === 0) return null;
  const sorted = Float64Array.from(ns).sort();
  const at = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.ceil(q * ns.length) - 1)];
  return {
    n: sorted.length,
    minNs: sorted[0],
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p99Ns: at(0.99),
    maxNs: sorted[sorted.length - 1],
  };
}
