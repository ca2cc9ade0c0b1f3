// What agreement with a real recording is measured on: five sequences projected out of a timeline.
// Object identities that differ by construction are normalised (fence contexts and work items are
// numbered by first appearance, page-table base addresses left out); nothing else is.

import { ContextTracker, type StreamEvent } from "../timeline/event-stream.ts";

export const aspects = [
  "registers",
  "fences",
  "contexts",
  "work items",
  "request words",
  "kworkers",
] as const;
export type Aspect = (typeof aspects)[number];

export interface Observation {
  readonly key: string;
  readonly time: number;
  /** Line or entry it comes from. */
  readonly index: number;
  /** The job without which it would not be; for what may not be. */
  readonly job?: string;
}

export type Projection = Record<Aspect, Observation[]>;

/** Registers whose value is an address of the kernel that made the recording. */
export const addressRegister = /^AS\d+_TRANSTAB_(LO|HI)$/;

/** Work functions of the rest of the system: they run beside the driver, not because of it. */
export const driverWork =
  /^(drm_sched_\w+|process_fw_events_work|tick_work|group_\w+|sync_upd_work|panthor_\w+|pm_runtime_work|devfreq_monitor|queue_timeout_work|queue_\w+_work|xgs_\w+)$/;

/**
 * Projects the events between the marks `TRACE START` and `TRACE END` (all, where there are none).
 */
export function project(events: Iterable<StreamEvent>): Projection {
  const out: Projection = {
    registers: [],
    fences: [],
    contexts: [],
    "work items": [],
    "request words": [],
    kworkers: [],
  };
  const tracker = new ContextTracker();
  const fenceContexts = new Map<number, number>();
  const fenceId = (e: StreamEvent): string => {
    const context = e.num("context");
    let n = fenceContexts.get(context);
    if (n === undefined) {
      n = fenceContexts.size;
      fenceContexts.set(context, n);
    }
    return `#${n}:${e.num("seqno")}`;
  };

  for (const e of events) {
    const context = tracker.label(e);
    if (isMark(e)) {
      if (e.str("text").startsWith("TRACE START")) {
        for (const a of aspects) out[a].length = 0;
        fenceContexts.clear();
      } else if (e.str("text").startsWith("TRACE END")) break;
      continue;
    }
    const add = (aspect: Aspect, key: string): void => {
      out[aspect].push({ key, time: e.time, index: e.index });
    };
    const inContext = (key: string): void => add("contexts", `${key} in ${normalise(context)}`);
    switch (e.name) {
      case "mmio_read":
      case "mmio_write": {
        const reg = e.str("reg");
        const value = addressRegister.test(reg) ? "addr" : hex(e.num("val"));
        const key = `${e.name === "mmio_read" ? "R" : "W"} ${reg} ${value}`;
        add("registers", key);
        inContext(`${e.name === "mmio_read" ? "R" : "W"} ${reg}`);
        if (e.comm.startsWith("kworker/")) add("kworkers", `${reg} on ${e.comm}`);
        break;
      }
      case "dma_fence_init":
      case "dma_fence_enable_signal":
      case "dma_fence_signaled": {
        const key = `${e.name} ${fenceName(e)} ${fenceId(e)}`;
        add("fences", key);
        inContext(key);
        break;
      }
      case "drm_sched_job_queue":
      case "drm_sched_job_run":
      case "drm_sched_job_done":
        add("fences", `${e.name} ${fenceId(e)}`);
        break;
      case "workqueue_queue_work":
        if (driverWork.test(e.str("function"))) {
          add("work items", `queue ${e.str("function")} on ${e.str("workqueue")}`);
          inContext(`queue ${e.str("function")}`);
        }
        break;
      case "workqueue_execute_start":
        if (driverWork.test(e.str("function"))) {
          add("work items", `run ${e.str("function")}`);
          add("kworkers", `${e.str("function")} on ${e.comm}`);
        }
        break;
      case "host_req":
      case "fw_seen":
      case "fw_ack":
      case "fw_event":
        add(
          "request words",
          `${e.name} csg=${e.num("csg")} cs=${e.num("cs")} ${e.str("field")} ` +
            `req=${hex(e.num("req"))} ack=${hex(e.num("ack"))}`,
        );
        break;
    }
  }
  return out;
}

export function isMark(e: StreamEvent): boolean {
  return e.name === "tracing_mark_write" || e.name === "user_mark";
}

/** A signalled fence is detached from its driver's names since 6.17; keep only what both print. */
function fenceName(e: StreamEvent): string {
  return `${e.str("driver")} ${e.str("timeline")}`;
}

/**
 * Which kworker runs is the pool's business, measured apart; that it is one is the context.
 * ftrace prints the idle task of any CPU as <idle>.
 */
export function normalise(context: string): string {
  if (/^swapper\/\d+$/.test(context)) return "<idle>";
  return context.startsWith("kworker/") ? "kworker" : context;
}

export function hex(n: number): string {
  return `0x${(n >>> 0).toString(16).padStart(8, "0")}`;
}
