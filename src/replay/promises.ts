// Judges the promises of a trace by the fences of its replay: every one that is not kept is a
// finding that says what was measured, stage by stage.

import { textMatcher } from "../timeline/text-pattern.ts";
import type { FenceRow } from "../golden/model.ts";
import { formatUs } from "../golden/print.ts";
import { printPromise, type PromiseStage, type TimingPromise } from "../trace/promise.ts";

/** Fences that one broken promise tells about; the rest is counted. */
const toldMax = 5;

export interface BrokenPromise {
  /** Line of the promise in the trace. */
  readonly line: number;
  readonly text: string;
  /** The fence that breaks it, null where there is none to keep it. */
  readonly fence: string | null;
}

/**
 * The promises that are not kept. `points` are the fences (`context:seqno`) of sync objects by
 * their point, as the trace names them.
 */
export function brokenPromises(
  promises: readonly TimingPromise[],
  fences: readonly FenceRow[],
  points: ReadonlyMap<string, readonly string[]>,
): BrokenPromise[] {
  return promises.flatMap((promise) => {
    const { line } = promise;
    const subjects = subjectsOf(promise, fences, points);
    const promised = `promised: ${printPromise(promise)}`;
    if (subjects.length === 0) {
      const what = promise.fence === null ? "no job was queued" : `no fence ${promise.fence}`;
      return [{ line, text: `${what}; ${promised}`, fence: null }];
    }
    const broken = subjects.flatMap(({ name, row }) => {
      const problem = problemOf(promise, row);
      return problem === null
        ? []
        : [{ line, text: `${name} ${problem}; ${promised}`, fence: row.fence }];
    });
    if (broken.length <= toldMax) return broken;
    const text = `and ${broken.length - toldMax} more of ${subjects.length}; ${promised}`;
    return [...broken.slice(0, toldMax), { line, text, fence: null }];
  });
}

interface Subject {
  /** As the promise means it: `fence done:1 (7:1)`. */
  readonly name: string;
  readonly row: FenceRow;
}

function subjectsOf(
  { fence }: TimingPromise,
  fences: readonly FenceRow[],
  points: ReadonlyMap<string, readonly string[]>,
): Subject[] {
  if (fence === null) {
    return fences.flatMap((row) =>
      row.queued >= 0 && row.run >= 0 ? [{ name: `job ${row.fence}`, row }] : [],
    );
  }
  const matches = textMatcher(fence);
  const byName = new Map(fences.map((row) => [row.fence, row]));
  const named = [...points].flatMap(([point, list]) =>
    matches(point)
      ? list.flatMap((id) => {
          const row = byName.get(id);
          return row === undefined ? [] : [{ name: `fence ${point} (${id})`, row }];
        })
      : [],
  );
  if (named.length > 0) return named;
  return fences.flatMap((row) => (matches(row.fence) ? [{ name: `fence ${row.fence}`, row }] : []));
}

/** What is wrong with a fence, null where the promise is kept. */
function problemOf({ stage, within, by }: TimingPromise, row: FenceRow): string | null {
  const times = stageTimes(row);
  const at = times.get(stage);
  const how = row.error === 0 ? "" : ` (it has error ${row.error})`;
  if (at === undefined) {
    return stage === "signalled" ? "is never signalled" : `has no stage ${stage}${how}`;
  }
  if (within !== null) {
    const from = times.get(within.after);
    if (from === undefined) return `has no stage ${within.after}${how}`;
    if (at - from > within.ns) {
      const took = `${stage} ${formatUs(at - from)} us after ${within.after}`;
      return `is ${took}, by ${row.by} (${wayOf(times, within.after, stage)})`;
    }
  }
  if (by !== null && !signalledBy(by, row.by)) {
    return `is signalled by ${[row.by, ...row.path.filter((p) => p !== row.by)].join(" < ")}`;
  }
  return null;
}

function signalledBy(wanted: string, by: string): boolean {
  if (wanted === "irq thread") return by.startsWith("irq/");
  if (wanted === "hardirq") return by === "hardirq" || by.startsWith("hardirq ");
  return textMatcher(wanted)(by);
}

/** When each stage was, in their order. */
function stageTimes(row: FenceRow): Map<PromiseStage, number> {
  const times = new Map<PromiseStage, number>();
  if (row.queued >= 0) times.set("queued", row.queued);
  if (row.run >= 0) times.set("run", row.run);
  if (row.signalled < 0) return times;
  if (row.stages.length > 0) {
    let time = row.stages.reduce((t, [, ns]) => t - ns, row.signalled);
    times.set("gpu done", time);
    for (const [stage, ns] of row.stages) {
      time += ns;
      times.set(stage.replace("_", " ") as PromiseStage, time);
    }
  }
  times.set("signalled", row.signalled);
  return times;
}

/** `gpu done +0.000 irq raised +1.001 hardirq ...` from one stage to another. */
function wayOf(
  times: ReadonlyMap<PromiseStage, number>,
  from: PromiseStage,
  to: PromiseStage,
): string {
  const stages = [...times];
  const first = stages.findIndex(([s]) => s === from);
  const last = stages.findIndex(([s]) => s === to);
  const steps = stages
    .slice(first + 1, last + 1)
    .map(([stage, time], i) => `+${formatUs(time - stages[first + i][1])} ${stage}`);
  return [from, ...steps].join(" ");
}
