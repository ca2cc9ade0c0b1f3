// What a waveform shows: marks in lanes, one lane for each context or line. Taken from the timeline
// where both sides have one, else from the rows that goldens have.

import { entryTime, fenceName, type Side } from "../diff/side.ts";
import type { Golden } from "../golden/model.ts";
import { ContextTracker, recorderEvents, type StreamEvent } from "../timeline/event-stream.ts";
import { shortRegister } from "./clauses-registers.ts";

export interface Mark {
  /** ns on the side's own time. */
  readonly time: number;
  readonly lane: string;
  /** One character. */
  readonly sign: string;
  /** What it is. */
  readonly text: string;
  /** The same on both sides where it stands for the same. */
  readonly key: string;
}

/** What each sign means, for the legend. */
export const signs: ReadonlyMap<string, string> = new Map([
  ["*", "GPU or firmware writes"],
  ["/", "line raised"],
  ["\\", "line lowered"],
  ["[", "begins"],
  ["]", "ends"],
  ["R", "register read"],
  ["W", "register written"],
  ["q", "work queued"],
  ["i", "fence created"],
  ["r", "job run"],
  ["S", "fence signalled"],
  ["!", "kernel log"],
]);

/** The marks of a side between two of its times, ns from the start of the comparison. */
export function timelineMarks(side: Side, fromNs: number, toNs: number): Mark[] {
  const { rec, from, to } = side.timeline!;
  const tracker = new ContextTracker();
  const out: Mark[] = [];
  for (const e of recorderEvents(rec, 0, to)) {
    const context = tracker.label(e);
    if (e.index < from) continue;
    const time = entryTime(side, e.index);
    if (time < fromNs) continue;
    if (time > toNs) break;
    const fence = (): string => fenceName(side, e.num("context"), e.num("seqno"));
    markOf(e, context, fence, (lane, sign, text) => {
      out.push({ time, lane, sign, text: textOf(lane, sign, text), key: keyOf(lane, sign, text) });
    });
  }
  return out;
}

/** Accesses and fences are the same wherever they happen; beginnings and ends are of their lane. */
function keyOf(lane: string, sign: string, text: string): string {
  return "RWqirS".includes(sign) ? text : `${lane}: ${text}`;
}

function textOf(lane: string, sign: string, text: string): string {
  return "[]/\\".includes(sign) ? `${lane} ${text}` : text;
}

type Add = (lane: string, sign: string, text: string) => void;

function markOf(e: StreamEvent, context: string, fence: () => string, add: Add): void {
  switch (e.name) {
    case "sync_write":
      return add("gpu", "*", `sync object of csg${e.num("csg")} cs${e.num("cs")}`);
    case "fw_event":
    case "fw_ack":
      return add("firmware", "*", `${e.str("field")}${slot(e)}`);
    case "irq_raise":
      return add(`${e.str("line")} irq line`, "/", "raised");
    case "irq_lower":
      return add(`${e.str("line")} irq line`, "\\", "lowered");
    case "irq_handler_entry":
      if (e.num("irq") !== 0) add(`hardirq ${e.str("name")}`, "[", "begins");
      return;
    case "irq_handler_exit":
      return;
    case "mmio_read":
      return add(lane(context), "R", `R ${e.str("reg")}`);
    case "mmio_write":
      return add(lane(context), "W", `W ${e.str("reg")}`);
    case "workqueue_queue_work":
      return add(lane(context), "q", `queue ${e.str("function")}`);
    case "workqueue_execute_start":
      return add(e.str("function"), "[", "begins");
    case "workqueue_execute_end":
      return add(e.str("function"), "]", "ends");
    case "sched_switch":
      if (e.str("next_comm").startsWith("irq/")) add(e.str("next_comm"), "[", "begins");
      if (e.str("prev_comm").startsWith("irq/")) add(e.str("prev_comm"), "]", "ends");
      return;
    case "dma_fence_init":
      return add(lane(context), "i", `create ${fence()}`);
    case "drm_sched_job_run":
      return add(lane(context), "r", `run ${fence()}`);
    case "dma_fence_signaled":
      return add(lane(context), "S", `signal ${fence()}`);
    case "printk":
      if (e.str("level") !== "info") add("kernel log", "!", e.str("text").split("\n")[0]);
      return;
  }
}

const slot = (e: StreamEvent): string => (e.num("csg") < 0 ? "" : ` csg${e.num("csg")}`);

/** Which kworker it is says nothing. */
function lane(context: string): string {
  return context.startsWith("kworker/") ? "kworker" : context;
}

/** The marks that a golden's rows give. */
export function goldenMarks(golden: Golden, fromNs: number, toNs: number): Mark[] {
  const out: Mark[] = [];
  const add = (time: number, where: string, sign: string, text: string): void => {
    if (time >= fromNs && time <= toNs) {
      const key = keyOf(where, sign, text);
      out.push({ time, lane: where, sign, text: textOf(where, sign, text), key });
    }
  };
  for (const r of golden.registers) {
    add(r.time, lane(r.context), r.direction, `${r.direction} ${shortRegister(r.register)}`);
  }
  const done = new Set<number>();
  for (const f of golden.fences) {
    if (f.run >= 0) add(f.run, "scheduler", "r", `run ${f.fence}`);
    if (f.signalled < 0) continue;
    let time = f.signalled - f.stages.reduce((sum, [, ns]) => sum + ns, 0);
    // A job has several fences: the GPU is done with it once.
    const told = done.has(time);
    if (f.stages.length > 0) done.add(time);
    if (f.stages.length > 0 && !told) add(time, "gpu", "*", "job done");
    for (const [stage, ns] of f.stages) {
      time += ns;
      if (stage === "irq_raised" && !told) add(time, "irq line", "/", "raised");
    }
    add(f.signalled, lane(f.by), "S", `signal ${f.fence}`);
  }
  for (const l of golden.log) add(l.time, "kernel log", "!", l.text.split("\n")[0]);
  // Marks of one time stay in the order of the sections: what is stable is enough to align.
  return out.sort((a, b) => a.time - b.time);
}
