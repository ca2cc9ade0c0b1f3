// Causes inferred from the events of a timeline, against the ones that the machine recorded.

import { describe, expect, it } from "vitest";
import { replayOperand } from "../../src/cli/side.ts";
import { causePath } from "../../src/timeline/causality.ts";
import { recorderEvents } from "../../src/timeline/event-stream.ts";
import { K } from "../../src/timeline/kinds.ts";
import { recordEvents } from "../../src/timeline/record-events.ts";

describe("inferred causes", () => {
  const path = "traces/03a-pipelined-10-jobs.yaml";
  const { rec } = replayOperand({
    ...{ argument: path, path, kind: "trace", revision: null, profile: null },
  }).result;
  const inferred = recordEvents(recorderEvents(rec)).rec;

  it("keep every entry as it is", () => {
    expect(inferred.length).toBe(rec.length);
    for (let i = 0; i < rec.length; i++) {
      expect(inferred.kind(i)).toBe(rec.kind(i));
      expect(inferred.time(i)).toBe(rec.time(i));
      expect(inferred.cause(i)).toBeLessThan(i);
    }
  });

  it("lead from every fence's signal to the same work, threads, interrupts and GPU writes", () => {
    let signals = 0;
    for (let i = 0; i < rec.length; i++) {
      if (rec.kind(i) !== K.dma_fence_signaled) continue;
      const known = causePath(rec, i);
      if (!known.some((c) => c.startsWith("sync_write"))) continue;
      expect(causePath(inferred, i)).toEqual(known);
      signals++;
    }
    expect(signals).toBeGreaterThanOrEqual(20);
  });

  it("agree with the machine's in nearly all entries of the driver", () => {
    let same = 0;
    let all = 0;
    const kinds: number[] = [K.workqueue_execute_start, K.dma_fence_signaled, K.drm_sched_job_run];
    for (let i = 0; i < rec.length; i++) {
      if (!kinds.includes(rec.kind(i)) || rec.cause(i) < 0) continue;
      all++;
      if (inferred.cause(i) === rec.cause(i)) same++;
    }
    expect(all).toBeGreaterThan(50);
    expect(same / all).toBeGreaterThan(0.95);
  });
});
