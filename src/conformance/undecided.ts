// What happens or not because of the order of two critical sections that nothing else orders. Both
// outcomes are right, so neither is promised.
//
// A group dies when its fault is handled (under the scheduler's lock), and a job of it that is run
// after that gets no fence of the hardware. Until the fault is handled, every unfinished job may be
// on either side of it. What one side of a comparison could not decide, neither could the other.
//
// The firmware's events reach the scheduler once there is one; the probe asks the firmware for
// something before it makes one, and does not wait for the answer. So whether anybody is told of
// that answer is not promised.

import type { StreamEvent } from "../timeline/event-stream.ts";
import type { FenceNames } from "./fence-names.ts";

/** Work that firmware events are told to, when there is a scheduler. */
const eventWork = "process_fw_events_work";

/** The fault of a stream, or of an address space: its groups are to die. */
function kills(e: StreamEvent): boolean {
  return e.name === "as_fault" || (e.name === "fw_event" && e.str("field") === "CS_FATAL");
}

/** Jobs that were queued and not done when a fault happened. */
export function undecidedJobs(events: readonly StreamEvent[], names: FenceNames): Set<string> {
  const unfinished = new Set<string>();
  const undecided = new Set<string>();
  for (const e of events) {
    if (e.name === "drm_sched_job_queue") unfinished.add(names.id(e));
    else if (e.name === "drm_sched_job_done") unfinished.delete(names.id(e));
    else if (kills(e)) for (const job of unfinished) undecided.add(job);
  }
  return undecided;
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
