// The chain of causes of the first divergence, on each side as far as the side knows it: from its
// timeline, or what a golden says about who led to a fence's signal.

import type { Difference } from "../diff/difference.ts";
import { entryTime, type Side } from "../diff/side.ts";
import type { FenceRow, LogRow, RegisterRow } from "../golden/model.ts";
import { formatUs, printFence, printLog, printRegister } from "../golden/print.ts";
import { causeChain } from "../timeline/causality.ts";
import { describeEntry } from "../timeline/describe.ts";
import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";

/** Entries of a cause chain shown. */
const chainShown = 16;

/** The row of a difference on one side as a line, null where the side has none. */
export function rowLine(side: Side, d: Difference, row: number): string | null {
  if (row < 0) return null;
  const of = side.golden[d.section][row];
  switch (d.section) {
    case "fences":
      return printFence(of as FenceRow);
    case "registers":
      return printRegister(of as RegisterRow);
    case "log":
      return printLog(of as LogRow);
  }
}

/** What of a fence a difference is about. */
type Happening = "init" | "queued" | "run" | "signalled";

function happeningOf(side: Side, d: Difference, row: number): Happening {
  const f = side.golden.fences[row];
  const own: Happening = f.signalled >= 0 ? "signalled" : "init";
  if (d.edit.op === "move" || d.edit.op === "insert" || d.edit.op === "remove") return "init";
  if (d.edit.op !== "shift") return own;
  const what = d.edit.shifts.at(-1)?.what;
  const known = (["init", "queued", "run"] as const).find((h) => h === what);
  return known ?? own;
}

/** When a difference is on one side, null where the side has nothing of it. */
export function rowTime(side: Side, d: Difference, row: number): number | null {
  if (row < 0) return null;
  if (d.section !== "fences") return side.golden[d.section][row].time;
  return side.golden.fences[row][happeningOf(side, d, row)];
}

const entryKind: Readonly<Record<Happening, number>> = {
  init: K.dma_fence_init,
  queued: K.drm_sched_job_queue,
  run: K.drm_sched_job_run,
  signalled: K.dma_fence_signaled,
};

/** The timeline entry of a difference's row, -1 where there is none. */
function entryOf(side: Side, d: Difference, row: number): number {
  const { rec, from, to, index } = side.timeline!;
  if (d.section === "log") return -1;
  const entry = index[d.section][row] ?? -1;
  if (d.section === "registers" || entry < 0) return entry;
  const what = happeningOf(side, d, row);
  if (what === "signalled") return entry;
  const [context, seqno] = [rec.field(entry, "context"), rec.field(entry, "seqno")];
  for (let i = from; i < to; i++) {
    if (rec.kind(i) !== entryKind[what]) continue;
    if (rec.field(i, "context") === context && rec.field(i, "seqno") === seqno) return i;
  }
  return entry;
}

/** The chain of causes of a difference's row, nearest first; empty where the side tells none. */
export function chainLines(side: Side, d: Difference, row: number): string[] {
  if (row < 0 || d.section === "log") return [];
  const { timeline } = side;
  if (timeline === null) return goldenChain(side, d, row);
  const entry = entryOf(side, d, row);
  if (entry < 0) return [];
  const { rec } = timeline;
  return toOrigin(rec, causeChain(rec, entry));
}

function toOrigin(rec: Recorder, chain: readonly number[]): string[] {
  // Where the GPU has done what it was asked to, the story of a completion begins.
  const origin = chain.findIndex((i) => rec.kind(i) === K.sync_write);
  const shown = origin < 0 ? chainShown : Math.min(origin + 1, chainShown);
  return chain.slice(0, shown).map((i) => describeEntry(rec, i));
}

/**
 * Where a golden's chain goes on as that of the replay beside it. Until the first difference both are
 * alike: what runs in the replay by then, and goes on until then, was started there as it was here.
 */
export function sharedChain(a: Side, b: Side, d: Difference): string[] {
  if (a.timeline !== null || b.timeline === null || d.expected < 0 || d.section === "log")
    return [];
  const contexts =
    d.section === "registers"
      ? [a.golden.registers[d.expected].context]
      : [a.golden.fences[d.expected].by, ...a.golden.fences[d.expected].path];
  for (const context of contexts) {
    const start = startOf(b, context, d.time);
    if (start < 0) continue;
    const chain = toOrigin(b.timeline.rec, causeChain(b.timeline.rec, start));
    return [`and ${context}, as in the replay:`, ...chain.map((line) => `  ${line}`)];
  }
  return [];
}

/** The entry at which what runs in a context at a time has begun; -1 where nothing does. */
function startOf(side: Side, context: string, time: number): number {
  const { rec, from, to } = side.timeline!;
  const handlers = new Map<unknown, string>();
  const told = (i: number, field: string): string => String(rec.field(i, field));
  let running = -1;
  for (let i = from; i < to; i++) {
    const at = entryTime(side, i);
    if (at > time) break;
    let begins = "";
    let ends = "";
    switch (rec.kind(i)) {
      case K.workqueue_execute_start:
        begins = told(i, "function");
        break;
      case K.workqueue_execute_end:
        ends = told(i, "function");
        break;
      case K.irq_handler_entry:
        begins = `hardirq ${told(i, "name")}`;
        handlers.set(rec.field(i, "irq"), begins);
        break;
      case K.irq_handler_exit:
        ends = handlers.get(rec.field(i, "irq")) ?? "";
        break;
      case K.sched_waking:
        begins = told(i, "comm");
        break;
      case K.sched_switch:
        if (told(i, "prev_state") !== "R") ends = told(i, "prev_comm");
    }
    if (begins === context) running = i;
    // What ends at that very time is about it.
    else if (ends === context && at < time) running = -1;
  }
  return running;
}

/** What a golden holds: who signalled a fence, who led there, and how long each stage took. */
function goldenChain(side: Side, d: Difference, row: number): string[] {
  if (d.section === "registers") return neighbours(side, row);
  const f = side.golden.fences[row];
  if (f.signalled < 0) return [];
  const path = [f.by, ...f.path].filter((c, i, all) => c !== all[i - 1]);
  const lines = [`signalled at ${formatUs(f.signalled)} by ${path.join(" < ")}`];
  if (f.stages.length > 0) {
    const stages = f.stages.map(([name, ns]) => `+${formatUs(ns)} ${name.replaceAll("_", " ")}`);
    lines.push(`gpu done -> ${stages.join(" -> ")}`);
  }
  return lines;
}

/** A golden does not say why a register was accessed, but what the same context did before. */
function neighbours(side: Side, row: number): string[] {
  const rows = side.golden.registers;
  const lines = [printRegister(rows[row])];
  for (let i = row - 1; i >= 0 && lines.length < 4; i--) {
    if (rows[i].context === rows[row].context) lines.push(printRegister(rows[i]));
  }
  return lines;
}
