// What is promised where a recording is not repeatable (several CPUs, the host's clock): code takes
// real time there, so how parallel contexts interleave, how often a poll reads and how many events
// one pass of a work item finds belong to that one run. What remains is measured on strands: short
// sequences whose order no race can change. docs/architecture.md lists what is left out and why.

import { ContextTracker, type StreamEvent } from "../timeline/event-stream.ts";
import { FenceNames } from "./fence-names.ts";
import { aspects, driverWork, isMark, normalise } from "./project.ts";
import type { Aspect, Observation } from "./project.ts";
import { HardwareFences, KernelAddresses, Probing, undecidedJobs } from "./undecided.ts";
import { RegisterStrands } from "./register-strands.ts";
import { requestWord } from "./request-words.ts";

/** Sequences by name. Only the order inside a strand is compared. */
export type Strands = ReadonlyMap<string, readonly Observation[]>;

export interface PromisedProjection {
  readonly aspects: Readonly<Record<Aspect, Strands>>;
  /** Jobs whose fence of the hardware is not promised. */
  readonly undecided: ReadonlySet<string>;
}

const doorbell = /^DOORBELL_/;
/** Fences that signal when somebody looks at them, if anybody does. */
const passive = new Set(["dma_fence_chain", "dma_fence_array"]);
/** Work that is queued by whoever comes last, or finds that there is something to do. */
const sharedWork = new Set([
  "tick_work",
  "drm_sched_free_job_work",
  "drm_sched_run_job_work",
  "sync_upd_work",
  "group_sync_upd_work",
  "group_term_work",
  "group_release_work",
]);
/** Work that the clock starts. */
const periodicWork = new Set(["devfreq_monitor"]);

/** Projects the events between the marks `TRACE START` and `TRACE END` (all, without marks). */
export function projectPromised(events: Iterable<StreamEvent>): PromisedProjection {
  const { before, traced } = betweenMarks(events);
  const names = new FenceNames(traced);
  const out = new Promised();
  const tracker = new ContextTracker();
  const fences = new HardwareFences();
  const probing = new Probing();
  for (const e of before) {
    tracker.label(e);
    probing.event(e);
  }
  const registers = new RegisterStrands(new KernelAddresses(traced), (strand, key, e) =>
    out.add("registers", strand, key, e),
  );
  for (const e of traced) {
    const context = normalise(tracker.label(e));
    probing.event(e);
    registers.event(e, context);
    if (isWork(e) && probing.undecided(e.str("function"))) continue;
    project(e, context, { names, fences, out });
  }
  registers.finish();
  return { aspects: out.aspects, undecided: undecidedJobs(traced, names) };
}

const isWork = (e: StreamEvent): boolean =>
  e.name === "workqueue_queue_work" || e.name === "workqueue_execute_start";

interface Into {
  readonly names: FenceNames;
  readonly fences: HardwareFences;
  readonly out: Promised;
}

function project(e: StreamEvent, context: string, { names, fences, out }: Into): void {
  switch (e.name) {
    case "mmio_read":
    case "mmio_write": {
      const reg = e.str("reg");
      if (!doorbell.test(reg)) out.once("contexts", `${e.name} ${reg} in ${context}`, e);
      break;
    }
    case "dma_fence_init":
    case "dma_fence_signaled": {
      const id = names.id(e);
      if (e.name === "dma_fence_signaled" && passive.has(e.str("driver"))) break;
      const job = fences.jobOf(e, id);
      out.add("fences", `fence ${id}`, `${e.name} ${id}`, e, job);
      // A job that is cancelled is done at once, before those that the hardware has.
      const after = e.name === "dma_fence_signaled" ? (job ?? id) : job;
      out.add("fences", `${e.name} of ${names.timeline(e)}`, id, e, after);
      out.once("contexts", `${e.name} ${e.str("driver")} in ${context}`, e);
      break;
    }
    case "drm_sched_job_queue":
    case "drm_sched_job_run":
    case "drm_sched_job_done": {
      const id = names.id(e);
      if (e.name === "drm_sched_job_run") fences.run(e, id);
      out.add("fences", `fence ${id}`, `${e.name} ${id}`, e);
      break;
    }
    case "workqueue_queue_work": {
      const work = e.str("function");
      if (!promisedWork(work)) break;
      out.step("work items", work, `queue ${work} on ${e.str("workqueue")}`, e);
      if (!sharedWork.has(work)) out.once("contexts", `queue ${work} in ${context}`, e);
      break;
    }
    case "workqueue_execute_start": {
      const work = e.str("function");
      if (!promisedWork(work)) break;
      out.step("work items", work, `run ${work}`, e);
      // A rescuer helps out where a worker could not be had in time.
      if (e.comm.startsWith("kworker/R-")) break;
      out.once("kworkers", `${work} on ${poolOf(e.comm)}`, e);
      break;
    }
    case "host_req":
    case "fw_seen":
    case "fw_ack":
    case "fw_event": {
      const word = requestWord(e);
      if (word !== null) out.step("request words", word.strand, word.key, e);
      break;
    }
  }
}

class Promised {
  readonly aspects = {} as Record<Aspect, Map<string, Observation[]>>;

  constructor() {
    for (const aspect of aspects) this.aspects[aspect] = new Map();
  }

  add(aspect: Aspect, strand: string, key: string, e: StreamEvent, job?: string): void {
    this.strand(aspect, strand).push({ key, time: e.time, index: e.index, job });
  }

  /** What happens, however often: a strand of its own. */
  once(aspect: Aspect, key: string, e: StreamEvent): void {
    if (!this.aspects[aspect].has(key)) this.add(aspect, key, key, e);
  }

  /** A step of something that happens again and again: its first time counts. */
  step(aspect: Aspect, strand: string, key: string, e: StreamEvent): void {
    const seen = this.strand(aspect, strand);
    if (!seen.some((o) => o.key === key)) this.add(aspect, strand, key, e);
  }

  private strand(aspect: Aspect, name: string): Observation[] {
    const strands = this.aspects[aspect];
    let strand = strands.get(name);
    if (strand === undefined) strands.set(name, (strand = []));
    return strand;
  }
}

/** Events up to the mark `TRACE START`, and from there to `TRACE END`. */
function betweenMarks(events: Iterable<StreamEvent>): {
  readonly before: readonly StreamEvent[];
  readonly traced: readonly StreamEvent[];
} {
  let before: StreamEvent[] = [];
  let traced: StreamEvent[] = [];
  for (const e of events) {
    const text = isMark(e) ? e.str("text") : "";
    if (text.startsWith("TRACE END")) break;
    traced.push(e);
    if (text.startsWith("TRACE START")) {
      before = before.concat(traced);
      traced = [];
    }
  }
  return { before, traced };
}

function promisedWork(work: string): boolean {
  return driverWork.test(work) && !periodicWork.has(work);
}

/** Which kind of pool a worker belongs to: that of a CPU, or an unbound one. */
function poolOf(comm: string): string {
  return comm.startsWith("kworker/u") ? "an unbound pool" : "a pool of a CPU";
}
