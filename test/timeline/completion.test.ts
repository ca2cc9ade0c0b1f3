// Stages of a job's completion, on small timelines.

import { describe, expect, it } from "vitest";
import { Completions } from "../../src/timeline/completion.ts";
import { oneJob, TimelineWriter } from "../report/timeline.ts";

const hw = { driver: "panthor", timeline: "q", context: 6, error: 0 };
const finished = { driver: "drm_sched", timeline: "q", context: 7, error: 0 };
const stages = (w: TimelineWriter, signalled: number) => new Completions(w.rec).stages(signalled);

describe("the stages of a completion", () => {
  it("are the times of what the signal came through", () => {
    const w = new TimelineWriter();
    expect(stages(w, oneJob(w).signalled)).toEqual({
      gpu_done: 100_000,
      irq_raised: 102_000,
      hardirq: 103_000,
      irq_thread: 104_000,
      work_queued: 105_000,
      work_running: 106_000,
      signalled: 107_000,
    });
  });

  it("leave out what a signal from the interrupt thread does not need", () => {
    const w = new TimelineWriter();
    const { waking } = oneJob(w);
    const by = { task: "irq/66-panthor--25", cause: waking };
    const got = stages(w, w.at(120_000, "dma_fence_signaled", { ...hw, seqno: 1 }, by));
    expect(got.work_queued).toBeUndefined();
    expect(got.work_running).toBeUndefined();
    expect(got).toMatchObject({ gpu_done: 100_000, irq_thread: 104_000, signalled: 120_000 });
  });

  it("count work that queues work from the first queueing", () => {
    const w = new TimelineWriter();
    const { running } = oneJob(w);
    const worker = { task: "kworker/u4:1-21" };
    const second = { work: 2, function: "second_work" };
    const queue = { ...second, workqueue: "panthor" };
    const queued = w.at(107_500, "workqueue_queue_work", queue, { ...worker, cause: running });
    const start = w.at(109_000, "workqueue_execute_start", second, { cause: queued });
    const signal = w.at(110_000, "dma_fence_signaled", { ...hw, seqno: 9 }, { cause: start });
    expect(stages(w, signal)).toMatchObject({
      work_queued: 105_000,
      work_running: 109_000,
      signalled: 110_000,
    });
  });

  it("are none where no interrupt led to it", () => {
    const w = new TimelineWriter();
    oneJob(w);
    const task = { task: "app-100" };
    const ioctl = w.at(200_005, "ioctl_begin", { name: "SYNCOBJ_SIGNAL" }, task);
    const by = { ...task, cause: ioctl };
    expect(stages(w, w.at(200_009, "dma_fence_signaled", { ...hw, context: 1 }, by))).toEqual({});
  });

  it("are none of a fence that no hardware completes, whatever set its work going", () => {
    const w = new TimelineWriter();
    const { running } = oneJob(w);
    // The scheduled fence of the next job: the end of the first lets it run.
    const work = { work: 3, function: "drm_sched_run_job_work" };
    const worker = { task: "kworker/u4:1-21" };
    const run = w.at(108_000, "workqueue_execute_start", work, { ...worker, cause: running });
    const by = { ...worker, cause: run };
    expect(stages(w, w.at(108_000, "dma_fence_signaled", { ...finished, seqno: 2 }, by))).toEqual(
      {},
    );
  });

  it("begin without the GPU where the timeline does not show it", () => {
    const w = new TimelineWriter();
    const raise = w.at(2_000, "irq_raise", { line: "job" });
    const irq = { irq: 66, name: "panthor-job" };
    const entry = w.at(3_000, "irq_handler_entry", irq, { in: "hardirq", cause: raise });
    const signal = w.at(4_000, "dma_fence_signaled", { ...hw, seqno: 1 }, { cause: entry });
    expect(stages(w, signal)).toEqual({ irq_raised: 2_000, hardirq: 3_000, signalled: 4_000 });
  });
});

describe("the write of the GPU that a completion begins with", () => {
  /** Two queues of a group on a slot; the second job ends while the pass for the first is on. */
  function twoJobs(w: TimelineWriter, firstCs: number, secondCs: number) {
    w.at(0, "queue_fences", { context: 6, suspend_buf: 0x1000, cs: 0 });
    w.at(0, "queue_fences", { context: 8, suspend_buf: 0x1000, cs: 1 });
    w.at(0, "iface_cfg", { csg: 3, cs: -1, field: "suspend_buf", val: 0x1000 });
    const first = w.at(100_000, "sync_write", { csg: 3, cs: firstCs, new: 1 });
    const raise = w.at(100_000, "irq_raise", { line: "job" }, { cause: first });
    const irq = { irq: 66, name: "panthor-job" };
    const entry = w.at(101_000, "irq_handler_entry", irq, { in: "hardirq", cause: raise });
    const own = w.at(104_000, "sync_write", { csg: 3, cs: secondCs, new: 2 });
    const work = { work: 1, function: "group_sync_upd_work" };
    const running = w.at(105_000, "workqueue_execute_start", work, { cause: entry });
    return { own, by: { task: "kworker/u4:1-21", cause: running } };
  }

  it("is the fence's own, and earlier stages are another's", () => {
    const w = new TimelineWriter();
    const { by } = twoJobs(w, 0, 0);
    w.at(106_000, "dma_fence_signaled", { ...hw, seqno: 1 }, by);
    const signalled = w.at(106_000, "dma_fence_signaled", { ...hw, seqno: 2 }, by);
    const end = w.at(106_000, "dma_fence_signaled", { ...finished, seqno: 2 }, by);
    const own = { gpu_done: 104_000, work_running: 105_000, signalled: 106_000 };
    expect(stages(w, signalled)).toEqual(own);
    expect(stages(w, end)).toEqual(own);
  });

  it("is that of its queue, not of a neighbour with the same number", () => {
    const w = new TimelineWriter();
    const { by } = twoJobs(w, 0, 1);
    w.at(105_500, "sync_write", { csg: 3, cs: 0, new: 2 });
    const signalled = w.at(106_000, "dma_fence_signaled", { ...hw, context: 8, seqno: 2 }, by);
    expect(stages(w, signalled).gpu_done).toBe(104_000);
  });

  it("is none where the queue never wrote it", () => {
    const w = new TimelineWriter();
    const { by } = twoJobs(w, 0, 0);
    const signalled = w.at(106_000, "dma_fence_signaled", { ...hw, context: 8, seqno: 2 }, by);
    expect(stages(w, signalled)).toEqual({});
  });

  it("is found by its value in a recording, which does not say whose queue it is", () => {
    const w = new TimelineWriter();
    const first = w.at(100_000, "sync_write", { csg: 3, cs: 0, va: 16, new: 1 });
    const raise = w.at(100_000, "irq_raise", { line: "job" }, { cause: first });
    w.at(103_000, "sync_write", { csg: 3, cs: 1, va: 32, new: 2 });
    w.at(104_000, "sync_write", { csg: 3, cs: 0, va: 16, new: 2 });
    const signalled = w.at(106_000, "dma_fence_signaled", { ...hw, seqno: 2 }, { cause: raise });
    expect(stages(w, signalled)).toEqual({ gpu_done: 104_000, signalled: 106_000 });
  });
});
