// Fences as the checks see them: when each was published, when it signalled. Chains and arrays
// are containers: they only signal when somebody asked them to, and are left out until then.

import { K } from "../timeline/kinds.ts";
import type { Recorder } from "../timeline/recorder.ts";
import { FenceMap } from "./fence-map.ts";

export interface PublishedFence {
  /** Entry of its initialisation. */
  readonly init: number;
  readonly driver: number;
  readonly timeline: number;
  readonly context: number;
  readonly seqno: number;
  signalled: boolean;
  /** It was in a reservation, a sync object or a file. */
  shared: boolean;
}

/** Fences that exist, by context and sequence number. */
export class FenceTable {
  private readonly fences = new FenceMap<PublishedFence>();
  private readonly containers: readonly number[];
  private readonly drmSched: number;

  constructor(private readonly rec: Recorder) {
    this.drmSched = rec.str("drm_sched");
    this.containers = [rec.str("dma_fence_chain"), rec.str("dma_fence_array")];
  }

  /** A dma_fence_init entry; containers are left out. */
  add(index: number, driver: number, timeline: number, context: number, seqno: number): void {
    if (this.containers.includes(driver)) return;
    this.insert(index, driver, timeline, context, seqno);
  }

  /** A dma_fence_enable_signal entry: from here on a container has to signal, too. */
  enable(index: number, driver: number, timeline: number, context: number, seqno: number): void {
    if (this.find(context, seqno) !== undefined) return;
    this.insert(index, driver, timeline, context, seqno);
  }

  find(context: number, seqno: number): PublishedFence | undefined {
    return this.fences.get(context, seqno);
  }

  remove({ context, seqno }: PublishedFence): void {
    this.fences.delete(context, seqno);
  }

  /**
   * Whether somebody could see a fence before `index`. The fences of a job that was armed but never
   * pushed go with it, a job after it in the same submission could not be prepared; unless they were
   * given away before.
   */
  published({ init, driver, context, seqno, shared }: PublishedFence, index: number): boolean {
    const { rec } = this;
    if (shared) return true;
    if (driver !== this.drmSched || init < rec.first) return true;
    for (let i = init + 1; i < index; i++) {
      const kind = rec.kind(i);
      if (kind === K.drm_sched_job_queue && rec.arg(i, 1) === seqno) {
        // The finished fence names the job; the scheduled fence is in the context before.
        const finished = rec.arg(i, 0);
        if (context === finished || context === finished - 1) return true;
      }
      if (kind !== K.dma_fence_enable_signal) continue;
      if (rec.arg(i, 2) === context && rec.arg(i, 3) === seqno) return true;
    }
    return false;
  }

  all(): Iterable<PublishedFence> {
    return this.fences.values();
  }

  /** `timeline context:seqno`. */
  name({ timeline, context, seqno }: PublishedFence): string {
    return `${this.rec.string(timeline)} ${context}:${seqno}`;
  }

  private insert(
    init: number,
    driver: number,
    timeline: number,
    context: number,
    seqno: number,
  ): void {
    const fence = { init, driver, timeline, context, seqno, signalled: false, shared: false };
    this.fences.set(context, seqno, fence);
  }
}
