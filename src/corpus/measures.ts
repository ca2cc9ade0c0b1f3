// Longest times in a timeline: what a behaviour costs where nothing else shows it.

import type { MeasureName } from "../revision/catch.ts";
import { recorderEvents, type StreamEvent } from "../timeline/event-stream.ts";
import type { CorpusRun } from "./run.ts";

/** Follows the events of a timeline; `ns` is told each time that it measures. */
type Measure = (ns: (value: number) => void) => (e: StreamEvent) => void;

const measures: Readonly<Record<MeasureName, Measure>> = {
  "job hard interrupt": (ns) => {
    let entry = -1;
    return (e) => {
      if (e.name === "irq_handler_entry" && e.str("name") === "panthor-job") entry = e.time;
      else if (e.name === "irq_handler_exit" && entry >= 0) {
        ns(e.time - entry);
        entry = -1;
      }
    };
  },

  "job line masked": (ns) => {
    let masked = -1;
    return (e) => {
      if (e.name !== "mmio_write" || e.str("reg") !== "JOB_INT_MASK") return;
      if (e.num("val") === 0) masked = e.hardirq ? e.time : -1;
      else if (masked >= 0) {
        ns(e.time - masked);
        masked = -1;
      }
    };
  },

  // Sync objects are written and fences signalled in the same order on one queue; with several,
  // the oldest write that has no signal yet is the one that has waited longest.
  completion: (ns) => {
    const written: number[] = [];
    return (e) => {
      if (e.name === "sync_write") written.push(e.time);
      else if (e.name === "dma_fence_signaled" && e.str("timeline") === "queue-fence") {
        const at = written.shift();
        if (at !== undefined) ns(e.time - at);
      }
    };
  },

  "gap between marks": (ns) => {
    let last = -1;
    return (e) => {
      // What surrounds the comparison and sleeps marks itself, too.
      if (e.name !== "user_mark" || /^(TRACE|sleep) /.test(e.str("text"))) return;
      if (last >= 0) ns(e.time - last);
      last = e.time;
    };
  },

  gpu_job_irq: (ns) => (e) => {
    if (e.name === "gpu_job_irq") ns(e.num("duration_ns"));
  },
};

/** The longest that a timeline has; 0 where there is none. */
export function longest({ result }: Pick<CorpusRun, "result">, name: MeasureName): number {
  let most = 0;
  const follow = measures[name]((ns) => (most = Math.max(most, ns)));
  for (const e of recorderEvents(result.rec, result.from, result.to)) follow(e);
  return most;
}
