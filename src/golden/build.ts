// Builds a golden's typed form from a replayed timeline.

import { causePath, completionStages, stageNames, type Stages } from "../timeline/causality.ts";
import { ContextTracker, recorderEvents } from "../timeline/event-stream.ts";
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
 * the first.
 */
export function buildGolden(
  rec: Recorder,
  header: GoldenHeader,
  registers: RegisterNames,
  first = 0,
  end = rec.length,
): BuiltGolden {
  const start = rec.length > first ? rec.time(first) : 0;
  const fences = new Map<string, MutableFence>();
  const index: GoldenIndex = { fences: [], registers: [] };
  const fenceEntry = new Map<string, number>();
  const rows: RegisterRow[] = [];
  const log: LogRow[] = [];
  const tracker = new ContextTracker();

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
      case "dma_fence_init": {
        const fence = `${e.num("context")}:${e.num("seqno")}`;
        fences.set(fence, {
          fence,
          driver: e.str("driver"),
          timeline: e.str("timeline"),
          init: time,
          queued: -1,
          run: -1,
          signalled: -1,
          error: 0,
          by: "",
          path: [],
          stages: [],
        });
        fenceEntry.set(fence, e.index);
        break;
      }
      case "drm_sched_job_queue":
      case "drm_sched_job_run": {
        const row = fences.get(`${e.num("context")}:${e.num("seqno")}`);
        if (row === undefined) break;
        if (e.name === "drm_sched_job_queue") row.queued = time;
        else row.run = time;
        break;
      }
      case "dma_fence_signaled": {
        const fence = `${e.num("context")}:${e.num("seqno")}`;
        const row = fences.get(fence);
        if (row === undefined || row.signalled >= 0) break;
        row.signalled = time;
        row.error = e.num("error");
        row.by = context;
        row.path = causePath(rec, e.index);
        // A job that failed was not completed by the GPU: it has no such way.
        if (row.error === 0) row.stages = stageDeltas(completionStages(rec, e.index));
        fenceEntry.set(fence, e.index);
        break;
      }
    }
  }
  for (const entry of fenceEntry.values()) index.fences.push(entry);
  return { header, fences: [...fences.values()], registers: rows, log, index };
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
