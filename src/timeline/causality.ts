// Causes: every entry knows the entry that led to it. From a signalled fence the chain goes back
// through the work item that signalled it, the interrupt thread that queued that, the interrupt,
// and the device event that raised it.

import { K } from "./kinds.ts";
import type { Recorder } from "./recorder.ts";

/** A chain longer than this is cut: nobody reads further, and a defect may have made a cycle. */
const chainMax = 64;

/** Where a story begins: the user asked for it, or the GPU finished something. */
function isOrigin(rec: Recorder, i: number): boolean {
  const kind = rec.kind(i);
  return kind === K.ioctl_begin || kind === K.sync_write;
}

/** Entries from `index` back to a system call or to the start, `index` first. */
export function causeChain(rec: Recorder, index: number): number[] {
  const chain: number[] = [];
  let i = index;
  while (i >= rec.first && chain.length < chainMax) {
    chain.push(i);
    if (rec.kind(i) === K.ioctl_begin) break;
    const next = rec.cause(i);
    if (next >= i) break;
    i = next;
  }
  return chain;
}

/** Stages of a job's completion, in order. */
export const stageNames = [
  "gpu_done",
  "irq_raised",
  "hardirq",
  "irq_thread",
  "work_queued",
  "work_running",
  "signalled",
] as const;
export type StageName = (typeof stageNames)[number];

/** Time of each stage a completion went through, ns; a stage it did not need is absent. */
export type Stages = Partial<Record<StageName, number>>;

/**
 * The stages of a `dma_fence_signaled` entry: each the last of its kind before the signal, going
 * back along the causes, except the work item's queueing, which counts from the first in the chain.
 */
export function completionStages(rec: Recorder, signalled: number): Stages {
  const stages: Stages = { signalled: rec.time(signalled) };
  for (const i of causeChain(rec, signalled).slice(1)) {
    const time = rec.time(i);
    switch (rec.kind(i)) {
      case K.workqueue_execute_start:
        stages.work_running ??= time;
        break;
      case K.workqueue_queue_work:
        if (stages.irq_thread === undefined) stages.work_queued = time;
        break;
      case K.sched_waking:
        if (stages.hardirq === undefined && isIrqThread(rec, i))
          stages.irq_thread ??= runsAt(rec, i);
        break;
      case K.irq_handler_entry:
        stages.hardirq ??= time;
        break;
      case K.irq_raise:
        stages.irq_raised ??= time;
        break;
      case K.sync_write:
        stages.gpu_done ??= time;
        return stages;
    }
  }
  return stages;
}

function isIrqThread(rec: Recorder, waking: number): boolean {
  return (rec.field(waking, "comm") as string).startsWith("irq/");
}

/** When the task woken by entry `waking` is switched in. */
function runsAt(rec: Recorder, waking: number): number {
  const pid = rec.field(waking, "pid");
  for (let i = waking + 1; i < rec.length; i++) {
    if (rec.kind(i) === K.sched_switch && rec.field(i, "next_pid") === pid) return rec.time(i);
    if (rec.kind(i) === K.sched_waking && rec.field(i, "pid") === pid) break;
  }
  return rec.time(waking);
}

/** A short name of an activation for a path: who did it. */
function actor(rec: Recorder, i: number): string | null {
  switch (rec.kind(i)) {
    case K.workqueue_execute_start:
      return rec.field(i, "function") as string;
    case K.sched_waking: {
      // Which kworker it was is the pool's business.
      const comm = rec.field(i, "comm") as string;
      return comm.startsWith("kworker/") ? null : comm;
    }
    case K.irq_handler_entry:
      return `hardirq ${rec.field(i, "name")}`;
    case K.timer_expire_entry:
      return `timer ${rec.field(i, "function")}`;
    case K.sync_write:
      return `sync_write csg${rec.field(i, "csg")} cs${rec.field(i, "cs")}`;
    case K.fw_event:
    case K.fw_ack:
      return `fw ${rec.field(i, "field")}`;
    case K.ioctl_begin:
      return `ioctl ${rec.field(i, "name")}`;
    default:
      return null;
  }
}

/** Who led to entry `index`, nearest first: `group_sync_upd_work < process_fw_events_work < …`. */
export function causePath(rec: Recorder, index: number, actorsMax = 6): string[] {
  const path: string[] = [];
  for (const i of causeChain(rec, index).slice(1)) {
    const name = actor(rec, i);
    if (name === null || name === path[path.length - 1]) continue;
    path.push(name);
    if (path.length === actorsMax || isOrigin(rec, i)) break;
  }
  return path;
}
