// What happens or not because of the order of two critical sections that nothing else orders. Both
// outcomes are right, so neither is promised.
//
// A group dies when its fault is handled (under the scheduler's lock), and a job of it that is run
// after that gets no fence of the hardware. Until the fault is handled, every unfinished job may be
// on either side of it. So may a job that GROUP_SUBMIT puts into the same queue meanwhile: it looks at
// the group without the lock (group_can_run() in panthor_job_create()), and the job runs later. A
// submission comes after the fault for certain only where its task has been told: a wait of its ended
// behind a fence that signalled with an error. What one side of a comparison could not decide,
// neither could the other.
//
// The firmware's events reach the scheduler once there is one; the probe asks the firmware for
// something before it makes one, and does not wait for the answer. So whether anybody is told of
// that answer is not promised.
//
// The kernel takes the first range that fits for a ring, a sync object or a suspend buffer, and the
// ranges of a destroyed group come back when a worker gets to them. A program that creates another
// group meanwhile gets what is free at that moment. What decides whether this can happen is the
// program's own calls, in their order, so both sides of a comparison find the same.

import type { StreamEvent } from "../timeline/event-stream.ts";
import { systemCall } from "../timeline/record-events.ts";
import type { FenceNames } from "./fence-names.ts";

/** Work that firmware events are told to, when there is a scheduler. */
const eventWork = "process_fw_events_work";

/** The fault of a stream, or of an address space: its groups are to die. */
function kills(e: StreamEvent): boolean {
  return e.name === "as_fault" || (e.name === "fw_event" && e.str("field") === "CS_FATAL");
}

/**
 * Jobs that were queued and not done when a fault happened, and those that a program put into the
 * same queues before a wait of its ended that the fault's error could end.
 */
export function undecidedJobs(events: readonly StreamEvent[], names: FenceNames): Set<string> {
  const unfinished = new Map<string, number>();
  const undecided = new Set<string>();
  /** Queues of jobs that a fault met, and whether it has failed one since. */
  const met = new Set<number>();
  let failed = false;
  /** Tasks that a wait has told of it. */
  const told = new Set<number>();
  for (const e of events) {
    if (e.name === "drm_sched_job_queue") {
      const queue = e.num("context");
      unfinished.set(names.id(e), queue);
      if (met.has(queue) && !told.has(e.pid)) undecided.add(names.id(e));
    } else if (e.name === "drm_sched_job_done") unfinished.delete(names.id(e));
    else if (e.name === "dma_fence_signaled") failed ||= met.size > 0 && e.num("error") < 0;
    else if (kills(e)) {
      failed = false;
      told.clear();
      for (const [job, queue] of unfinished) {
        undecided.add(job);
        met.add(queue);
      }
    } else if (failed && endsWait(e)) told.add(e.pid);
  }
  return undecided;
}

/** The end of a system call that waits for fences. */
function endsWait(e: StreamEvent): boolean {
  const call = callOf(e);
  return call?.name === "ioctl_end" && /WAIT/.test(call.str("name"));
}

/** Which job each fence of the hardware belongs to: the one that its task has just run. */
export class HardwareFences {
  private readonly running = new Map<number, string>();
  private readonly jobs = new Map<string, string>();

  /** The job that the event's fence stands for; undefined for other fences. */
  jobOf(e: StreamEvent, id: string): string | undefined {
    if (e.name === "dma_fence_init" && e.str("driver") === "panthor") {
      const job = this.running.get(e.pid);
      if (job !== undefined) this.jobs.set(id, job);
    }
    return this.jobs.get(id);
  }

  /** drm_sched_job_run. */
  run(e: StreamEvent, job: string): void {
    this.running.set(e.pid, job);
  }
}

/** Whether the event work need be told of what the firmware says. */
export class Probing {
  /** Requests that the firmware has had from a probe; -1: no probe began here. */
  private requests = -1;

  event(e: StreamEvent): void {
    // Only the probe asks what GPU it is.
    if (e.name === "mmio_read" && e.str("reg") === "GPU_ID") this.requests = 0;
    else if (e.name === "host_req" && this.requests >= 0) this.requests++;
  }

  /** Work whose queueing hangs on how far the probe is. */
  undecided(work: string): boolean {
    return work === eventWork && (this.requests === 0 || this.requests === 1);
  }
}

/** Calls that take addresses of the kernel's choice, and those that give some back. */
const takes = new Set(["GROUP_CREATE", "TILER_HEAP_CREATE"]);
const gives = new Set(["GROUP_DESTROY", "TILER_HEAP_DESTROY"]);
/** Work that takes some while programs run, and work that gives back what GROUP_DESTROY left. */
const takesLater = "group_tiler_oom_work";
const givesLater = "group_release_work";

/** Which addresses that the kernel chose were chosen in a race with their release, or each other. */
export class KernelAddresses {
  /** From the event with this index on nothing orders who takes and who gives back. */
  private readonly from: number;
  /** The call that each task is in. */
  private readonly calls = new Map<number, string>();

  constructor(events: readonly StreamEvent[]) {
    this.from = firstUnordered(events);
  }

  event(e: StreamEvent): void {
    const call = callOf(e);
    if (call?.name === "ioctl_begin") this.calls.set(e.pid, call.str("name"));
    else if (call?.name === "ioctl_end") this.calls.delete(e.pid);
  }

  /** Whether a race chose the region that `e` is about. Others the program or the hardware names. */
  undecided(e: StreamEvent, context: string): boolean {
    if (e.index < this.from) return false;
    if (context === givesLater || context === takesLater) return true;
    if (e.hardirq || e.softirq) return false;
    const call = this.calls.get(e.pid);
    return call !== undefined && (takes.has(call) || gives.has(call));
  }
}

function firstUnordered(events: readonly StreamEvent[]): number {
  const takers = new Set<number | string>();
  const givers = new Set<number>();
  /** The first call that leaves ranges to a worker, and the last that takes some. */
  let destroyed = Infinity;
  let taken = -1;
  for (const e of events) {
    if (e.name === "workqueue_execute_start" && e.str("function") === takesLater) {
      takers.add(takesLater);
      continue;
    }
    const call = callOf(e);
    if (call?.name !== "ioctl_begin") continue;
    const name = call.str("name");
    if (takes.has(name)) {
      takers.add(e.pid);
      taken = e.index;
    } else if (gives.has(name)) {
      givers.add(e.pid);
      if (name === "GROUP_DESTROY") destroyed = Math.min(destroyed, e.index);
    }
  }
  if (takers.size === 0) return Infinity;
  // Tasks are not ordered against each other: with more than one nothing is.
  if (new Set([...takers, ...givers]).size > 1) return -1;
  return taken > destroyed ? destroyed : Infinity;
}

function callOf(e: StreamEvent): StreamEvent | null {
  return e.name === "ioctl_begin" || e.name === "ioctl_end" ? e : systemCall(e);
}
