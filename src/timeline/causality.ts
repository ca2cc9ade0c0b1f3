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
