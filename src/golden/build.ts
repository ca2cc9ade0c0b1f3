// Builds a golden's typed form from a replayed timeline.

import { causePath } from "../timeline/causality.ts";
import { Completions, stageNames, type Stages } from "../timeline/completion.ts";
import { ContextTracker, recorderEvents, type StreamEvent } from "../timeline/event-stream.ts";
import type { Recorder } from "../timeline/recorder.ts";
import type { FenceRow, Golden, GoldenHeader, LogRow, RegisterRow } from "./model.ts";

/** How registers are named and decoded; given by the device's register tables. */
export interface RegisterNames {
  /** `BLOCK.REGISTER` of a byte offset. */
  name(offset: number): string;
  /** False where the value is an address of the run that goldens leave out. */
  compared(offset: number): boolean;
  /** Decoded fields of a value, "" if there are none. */
  decode(offset: number, value: number): string;
}

type MutableFence = { -readonly [P in keyof FenceRow]: FenceRow[P] };

/** Entry index of each golden row, for explaining a difference from the timeline. */
export interface GoldenIndex {
  /** `dma_fence_signaled` entry (or init, if never signalled) per fence row. */
  readonly fences: number[];
  readonly registers: number[];
}

export interface BuiltGolden extends Golden {
  readonly index: GoldenIndex;
}

/**
 * Collects fences, register accesses and warnings of the entries [first, end); times count from
 * the first. A recording shows part of a run: with `partial`, a fence whose creation came before it
 * begins where it is first seen.
 */
export function buildGolden(
  rec: Recorder,
  header: GoldenHeader,
  registers: RegisterNames,
  first = 0,
  end = rec.length,
  partial = false,
): BuiltGolden {
  const start = rec.length > first ? rec.time(first) : 0;
  const fences = new Map<string, MutableFence>();
  const index: GoldenIndex = { fences: [], registers: [] };
  const fenceEntry = new Map<string, number>();
  const rows: RegisterRow[] = [];
  const log: LogRow[] = [];
  const done = new Map<string, { time: number; context: string; index: number }>();
  const tracker = new ContextTracker();
  const completions = new Completions(rec);
  const open = (e: StreamEvent, driver: string, timeline: string, init: number): MutableFence => {
    const fence = fenceName(e);
    const row: MutableFence = {
      fence,
      driver,
      timeline,
      init,
      queued: -1,
      run: -1,
      signalled: -1,
      error: 0,
      by: "",
      path: [],
      stages: [],
    };
    fences.set(fence, row);
    fenceEntry.set(fence, e.index);
    return row;
  };

  for (const e of recorderEvents(rec)) {
    const context = tracker.label(e);
    if (e.index < first) continue;
    const time = e.time - start;
    if (e.name === "printk") {
      const row = { time, level: e.str("level"), text: e.str("text") };
      if (row.level !== "info") log.push(row);
    }
    // Behind the trace's own entries only the log counts: what was left over at the end.
    if (e.index >= end) continue;
    switch (e.name) {
      case "mmio_read":
      case "mmio_write": {
        const offset = e.num("off");
        const value = e.num("val");
        const compared = registers.compared(offset);
        rows.push({
          time,
          cpu: e.cpu,
          context,
          direction: e.name === "mmio_read" ? "R" : "W",
          register: registers.name(offset),
          value: compared ? (value >>> 0).toString(16).padStart(8, "0") : "-",
          fields: compared ? registers.decode(offset, value) : "",
        });
        index.registers.push(e.index);
        break;
      }
      case "dma_fence_init":
        open(e, e.str("driver"), e.str("timeline"), time);
        break;
      case "drm_sched_job_queue":
      case "drm_sched_job_run": {
        const known = fences.get(fenceName(e));
        const row = known ?? (partial ? open(e, "drm_sched", e.str("ring"), -1) : undefined);
        if (row === undefined) break;
        if (e.name === "drm_sched_job_queue") row.queued = time;
        else row.run = time;
        break;
      }
      case "drm_sched_job_done": {
        const row = fences.get(fenceName(e));
        if (!partial || row === undefined || row.signalled >= 0) break;
        done.set(fenceName(e), { time, context, index: e.index });
        break;
      }
      case "dma_fence_signaled": {
        const fence = fenceName(e);
        const known = fences.get(fence);
        const row =
          known ?? (partial ? open(e, e.str("driver"), e.str("timeline"), -1) : undefined);
        if (row === undefined || row.signalled >= 0) break;
        row.signalled = time;
        row.error = e.num("error");
        row.by = context;
        row.path = causePath(rec, e.index);
        // A job that failed was not completed by the GPU: it has no such way.
        if (row.error === 0) row.stages = stageDeltas(completions.stages(e.index));
        fenceEntry.set(fence, e.index);
        break;
      }
    }
  }
  // Where the fence's own events were not recorded, the scheduler's word has to do.
  for (const [fence, { time, context, index: entry }] of done) {
    const row = fences.get(fence)!;
    if (row.signalled >= 0) continue;
    row.signalled = time;
    row.by = context;
    row.path = causePath(rec, entry);
    fenceEntry.set(fence, entry);
  }
  for (const entry of fenceEntry.values()) index.fences.push(entry);
  return { header, fences: [...fences.values()], registers: rows, log, index };
}

/** dma_fence events of recordings have the low half of the scheduler's numbers. */
function fenceName(e: StreamEvent): string {
  return `${low(e.num("context"))}:${low(e.num("seqno"))}`;
}

function low(n: number): number {
  return n < 2 ** 32 ? n : n % 2 ** 32;
}

function stageDeltas(stages: Stages): FenceRow["stages"] {
  if (stages.gpu_done === undefined) return [];
  let previous = stages.gpu_done;
  const deltas: [(typeof stageNames)[number], number][] = [];
  for (const name of stageNames) {
    const time = stages[name];
    if (time === undefined || name === "gpu_done") continue;
    deltas.push([name, time - previous]);
    previous = time;
  }
  return deltas;
}
