import { describe, expect, it } from "vitest";
import * as so from "../../../src/machine/syncobj/index.ts";
import { Kit } from "../dma-fence/kit.ts";
import { MockSched } from "./mock.ts";

const kinds = [
  "dma_fence_init",
  "dma_fence_enable_signal",
  "dma_fence_signaled",
  "dma_fence_destroy",
  "drm_sched_job_run",
  "drm_sched_job_done",
  "drm_sched_job_add_dep",
  "drm_sched_job_unschedulable",
] as const;

const ring = "panthor-queue-1-1-0";

function start(): { kit: Kit; mock: MockSched; file: so.SyncobjFile } {
  const kit = new Kit();
  // The recorded process has used contexts 1 to 4 for its device and its VM.
  kit.fences.contextAlloc(4);
  const hwOps = { driverName: "panthor", timelineName: () => "queue-fence" };
  const mock = new MockSched(kit, { name: ring, creditLimit: 512, hwOps });
  return { kit, mock, file: new so.SyncobjFile(kit) };
}

const events = (kit: Kit): string[] =>
  kit.events(kinds, true).map((e) => e.replace(/^kworker\/[^:]+:\d+/, "kworker"));

describe("a GPU scheduler behind timeline points, as recorded", () => {
  it("03a: pipelined jobs, a wait for each", () => {
    const { kit, mock, file } = start();
    kit.run(function* () {
      const created: so.SyncobjCreateArgs = {};
      yield* so.syncobjCreateIoctl(file, created);
      const handle = created.handle!;
      const entity = yield* mock.entity();
      for (let point = 1; point <= 2; point++) {
        const job = yield* mock.submit(entity, `${point}`, { credits: 16 });
        const syncobj = (yield* file.find(handle))!;
        yield* syncobj.addPoint(job.sFence!.finished, point);
        yield* syncobj.put();
      }
      kit.task("gpu", function* () {
        for (let i = 0; i < 2; i++) {
          yield* kit.sleepUs(100);
          yield* mock.advance();
        }
      });
      for (let point = 1; point <= 2; point++) {
        const args = { handles: [handle], points: [point], timeoutNsec: 1e9 };
        expect(yield* so.syncobjTimelineWaitIoctl(file, args)).toBe(0);
      }
    });
    const detached = "detached-driver signaled-timeline";
    expect(events(kit)).toEqual([
      `init: dma_fence_init drm_sched ${ring} 6 1`,
      `init: dma_fence_init drm_sched ${ring} 7 1`,
      "init: dma_fence_init dma_fence_chain unbound 8 1",
      `init: dma_fence_init drm_sched ${ring} 6 2`,
      `init: dma_fence_init drm_sched ${ring} 7 2`,
      "init: dma_fence_init dma_fence_chain unbound 8 2",
      "init: dma_fence_enable_signal dma_fence_chain unbound 8 1",
      `kworker: drm_sched_job_run 7 1 ${ring} 1 16`,
      "kworker: dma_fence_init panthor queue-fence 5 1",
      `kworker: dma_fence_signaled drm_sched ${ring} 6 1 0`,
      `kworker: drm_sched_job_run 7 2 ${ring} 0 32`,
      "kworker: dma_fence_init panthor queue-fence 5 2",
      `kworker: dma_fence_signaled drm_sched ${ring} 6 2 0`,
      "gpu: dma_fence_signaled panthor queue-fence 5 1 0",
      "gpu: drm_sched_job_done 7 1",
      `gpu: dma_fence_signaled drm_sched ${ring} 7 1 0`,
      "gpu/hardirq: dma_fence_signaled dma_fence_chain unbound 8 1 0",
      "init: dma_fence_enable_signal dma_fence_chain unbound 8 2",
      "gpu: dma_fence_signaled panthor queue-fence 5 2 0",
      "gpu: drm_sched_job_done 7 2",
      `gpu: dma_fence_signaled drm_sched ${ring} 7 2 0`,
      `gpu/hardirq: dma_fence_destroy ${detached} 8 1`,
      `gpu/hardirq: dma_fence_destroy ${detached} 7 1`,
      `gpu/hardirq: dma_fence_destroy ${detached} 6 1`,
      `gpu/hardirq: dma_fence_destroy ${detached} 5 1`,
      "gpu/hardirq: dma_fence_signaled dma_fence_chain unbound 8 2 0",
    ]);
  });

  it("03b: a job that waits for a point of another queue", () => {
    const { kit, mock, file } = start();
    const other = new MockSched(kit, { name: "panthor-queue-1-1-1" });
    kit.run(function* () {
      const created: so.SyncobjCreateArgs = {};
      yield* so.syncobjCreateIoctl(file, created);
      const [first, second] = [yield* mock.entity(), yield* other.entity()];
      const a = yield* mock.submit(first, "a");
      const syncobj = (yield* file.find(created.handle!))!;
      yield* syncobj.addPoint(a.sFence!.finished, 1);
      const fence = yield* so.findFence(file, created.handle!, 1);
      if (typeof fence === "number") throw new Error(`no fence: ${fence}`);
      yield* other.submit(second, "b", { wait: [fence] });
      yield* fence.put();
      yield* mock.settle();
      yield* mock.advance();
      yield* mock.settle();
    });
    const dependent = events(kit).filter((e) => / 1[01] 1\b|chain/.test(e));
    expect(dependent).toEqual([
      "init: dma_fence_init dma_fence_chain unbound 11 1",
      "init: dma_fence_init drm_sched panthor-queue-1-1-1 10 1",
      "init: drm_sched_job_add_dep 10 1 11 1",
      "kworker: drm_sched_job_unschedulable 10 1 11 1",
      "kworker: dma_fence_enable_signal dma_fence_chain unbound 11 1",
      "init/hardirq: dma_fence_signaled dma_fence_chain unbound 11 1 0",
      "kworker: drm_sched_job_run 10 1 panthor-queue-1-1-1 0 1",
    ]);
  });
});
