// Replays of the series' revisions, and what is measured on them.

import { readFileSync } from "node:fs";
import { Effect, Either } from "effect";
import type { CheckSpec } from "../../../src/check/check.ts";
import { profiles } from "../../../src/device/profile/index.ts";
import { replay, type ReplayResult } from "../../../src/replay/replay.ts";
import { catalog } from "../../../src/revision/catalog.ts";
import { parseRevision } from "../../../src/revision/revision.ts";
import { recorderEvents, type StreamEvent } from "../../../src/timeline/event-stream.ts";
import { parseTrace } from "../../../src/trace/parse.ts";

export const traceFile = (name: string): string =>
  readFileSync(new URL(`../../../traces/${name}.yaml`, import.meta.url), "utf8");

function perform(
  text: string,
  revision: string,
  profile: string,
  checks?: readonly CheckSpec[],
): ReplayResult {
  const trace = parseTrace(text, "trace.yaml");
  if (Either.isLeft(trace)) throw new Error(trace.left.message);
  return replay({
    trace: trace.right,
    revision: Effect.runSync(parseRevision(revision, catalog)),
    profile: profiles[profile],
    checks,
  });
}

/** Replays a trace; throws unless it finishes. */
export function run(text: string, revision: string, profile = "zero-cost"): ReplayResult {
  const result = perform(text, revision, profile);
  if (result.end.kind !== "finished") throw new Error(JSON.stringify(result.end));
  return result;
}

/** Replays a trace without a look at its invariants, however it ends. */
export const unchecked = (text: string, revision: string, profile = "zero-cost"): ReplayResult =>
  perform(text, revision, profile, []);

export const eventsOf = (r: ReplayResult): StreamEvent[] => [
  ...recorderEvents(r.rec, r.from, r.to),
];

const isDoneFence = (e: StreamEvent): boolean =>
  e.name === "dma_fence_signaled" && e.str("timeline") === "queue-fence";

/** Where a job's fence is signalled. */
export type Signaller = "kworker" | "thread" | "hardirq" | "task";

function signaller(e: StreamEvent): Signaller {
  if (e.hardirq) return "hardirq";
  if (e.comm.startsWith("irq/")) return "thread";
  return e.comm.startsWith("kworker/") ? "kworker" : "task";
}

export interface Completion {
  /** From the write of the sync object to the signal, ns. */
  readonly latency: number;
  readonly by: Signaller;
}

/** Completions in order; sync objects are written and fences signalled in the same order. */
export function completions(r: ReplayResult): Completion[] {
  const written: number[] = [];
  const out: Completion[] = [];
  for (const e of eventsOf(r)) {
    if (e.name === "sync_write") written.push(e.time);
    else if (isDoneFence(e)) {
      const at = written.shift();
      if (at !== undefined) out.push({ latency: e.time - at, by: signaller(e) });
    }
  }
  return out;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

export const latencies = (r: ReplayResult): number[] => completions(r).map((c) => c.latency);

/** Durations of the hard handler of the job line, ns. */
export function hardirqTimes(r: ReplayResult): number[] {
  const out: number[] = [];
  let entry = -1;
  for (const e of eventsOf(r)) {
    if (e.name === "irq_handler_entry" && e.str("name") === "panthor-job") entry = e.time;
    else if (e.name === "irq_handler_exit" && entry >= 0) {
      out.push(e.time - entry);
      entry = -1;
    }
  }
  return out;
}

/** Times for which the job line's INT_MASK was 0 because of an interrupt, ns. */
export function maskedTimes(r: ReplayResult): number[] {
  const out: number[] = [];
  let masked = -1;
  for (const e of eventsOf(r)) {
    if (e.name !== "mmio_write" || e.str("reg") !== "JOB_INT_MASK") continue;
    if (e.num("val") === 0) masked = e.hardirq ? e.time : -1;
    else if (masked >= 0) {
      out.push(e.time - masked);
      masked = -1;
    }
  }
  return out;
}

/** Order of the marks M (mask restored), D (CSF doorbell) and F (fence) after each interrupt. */
export function marks(r: ReplayResult): string[] {
  const out: string[] = [];
  let now = "";
  const add = (mark: string): void => {
    if (!now.includes(mark)) now += mark;
  };
  for (const e of eventsOf(r)) {
    if (e.name === "irq_handler_entry" && e.str("name") === "panthor-job") {
      if (now.includes("F")) out.push(now);
      now = "";
    } else if (isDoneFence(e)) add("F");
    else if (e.name === "mmio_write" && e.str("reg") === "DOORBELL_0") add("D");
    else if (e.name === "mmio_write" && e.str("reg") === "JOB_INT_MASK") {
      if (e.num("val") !== 0) add("M");
    }
  }
  if (now.includes("F")) out.push(now);
  return out;
}

/** Work items executed, by function. */
export function worksRun(r: ReplayResult): Map<string, number> {
  const out = new Map<string, number>();
  for (const e of eventsOf(r)) {
    if (e.name !== "workqueue_execute_start") continue;
    const name = e.str("function");
    out.set(name, (out.get(name) ?? 0) + 1);
  }
  return out;
}

/** One client that waits for each of `jobs` jobs of 100 us, beside `hogs` busy programs. */
export function syncJobs(
  jobs: number,
  options: { readonly hogs?: number; readonly threadirqs?: boolean } = {},
): string {
  const hogs = Array.from({ length: options.hogs ?? 0 }, (_, i) => {
    return `    hog-${i + 2} +0: compute: for=60ms`;
  });
  return `
version: 1
name: sync-jobs
description: Jobs of 100 us, each waited for.
options:
  threadirqs: ${options.threadirqs === true}
streams:
  work: |
    run 100us
setup:
  - |
    init-1 +0: plug:
    init-1 +0: open:
    init-1 +0: vm_create: vm=vm0
    init-1 +0: bo_create: bo=cs size=64KiB vm=vm0
    init-1 +0: bo_mmap_offset: bo=cs
    init-1 +0: bo_write: bo=cs stream=work
    init-1 +0: vm_bind: vm=vm0 op=map bo=cs va=0x1000000 size=64KiB
    init-1 +0: group_create: group=g1 vm=vm0 queue={ring=64KiB}
    init-1 +0: syncobj_create: sync=s1
events:
${hogs.length === 0 ? "" : `  - |\n${hogs.join("\n")}\n`}  - repeat:
      count: ${jobs}
      from: 1
      events:
        - |
          init-1 +0: group_submit: group=g1 stream=work signal=s1:$i
          init-1 +0: syncobj_timeline_wait: sync=s1:$i for_submit timeout=10s
`;
}

/** The same jobs, all submitted before the first wait. */
export function queuedJobs(jobs: number): string {
  const both = syncJobs(jobs);
  const at = both.indexOf("events:\n  - repeat");
  return `${both.slice(0, at)}events:
  - repeat:
      count: ${jobs}
      from: 1
      events:
        - |
          init-1 +0: group_submit: group=g1 stream=work signal=s1:$i
  - |
    init-1 +0: syncobj_timeline_wait: sync=s1:${jobs} for_submit timeout=10s
`;
}
