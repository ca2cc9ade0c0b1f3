import { describe, expect, it } from "vitest";
import { FenceCb } from "../../../src/machine/dma-fence/index.ts";
import { done } from "../../../src/machine/core/op.ts";
import {
  DrmSchedEntity,
  pickBest,
  type SchedPolicy,
  SchedPriority,
} from "../../../src/machine/drm-sched/index.ts";
import { EINVAL, EIO } from "../../../src/machine/errno.ts";
import { Kit } from "../dma-fence/kit.ts";
import { MockJob, MockSched } from "./mock.ts";

describe("drm_sched: submission", () => {
  it("runs, finishes and frees a job, with the events of a recorded one", () => {
    const kit = new Kit();
    const mock = new MockSched(kit);
    kit.run(function* () {
      const entity = yield* mock.entity();
      const job = yield* mock.submit(entity, "a", { credits: 16 });
      const finished = job.sFence!.finished.get();
      yield* mock.settle();
      expect([mock.sched.creditCount, finished.testSignaledFlag]).toEqual([16, false]);
      yield* mock.advance();
      expect([mock.sched.creditCount, finished.status]).toEqual([0, 1]);
      yield* mock.settle();
      yield* finished.put();
      yield* entity.fini();
    });
    expect(mock.log).toEqual(["run a", "free a"]);
    const kinds = [
      "dma_fence_init",
      "drm_sched_job_queue",
      "workqueue_queue_work",
      "drm_sched_job_run",
      "dma_fence_signaled",
      "drm_sched_job_done",
      "dma_fence_destroy",
    ] as const;
    const events = kit.events(kinds, true).map((e) => e.replace(/ mock$/, ""));
    expect(events.map((e) => e.replace(/kworker\/[^:]+:[^:]+/, "kworker"))).toEqual([
      "init: dma_fence_init drm_sched mock 2 1",
      "init: dma_fence_init drm_sched mock 3 1",
      "init: drm_sched_job_queue 3 1 mock 0 0",
      "init: workqueue_queue_work 1 drm_sched_run_job_work",
      "kworker: drm_sched_job_run 3 1 mock 0 16",
      "kworker: dma_fence_init test timeline 1 1",
      "kworker: dma_fence_signaled drm_sched mock 2 1 0",
      "kworker: workqueue_queue_work 1 drm_sched_run_job_work",
      "init: dma_fence_signaled test timeline 1 1 0",
      "init: drm_sched_job_done 3 1",
      "init: dma_fence_signaled drm_sched mock 3 1 0",
      "init: workqueue_queue_work 2 drm_sched_free_job_work",
      "kworker: workqueue_queue_work 1 drm_sched_run_job_work",
      "init: dma_fence_destroy detached-driver signaled-timeline 3 1",
      "init: dma_fence_destroy detached-driver signaled-timeline 2 1",
      "init: dma_fence_destroy detached-driver signaled-timeline 1 1",
    ]);
    expect(kit.fences.live).toBe(1);
  });

  it("holds jobs back for lack of credits, and truncates a job that could never run", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { creditLimit: 3 });
    kit.run(function* () {
      const entity = yield* mock.entity();
      yield* mock.submit(entity, "a", { credits: 2 });
      yield* mock.submit(entity, "b", { credits: 2 });
      yield* mock.submit(entity, "big", { credits: 9 });
      yield* mock.settle();
      expect(mock.log).toEqual(["run a"]);
      yield* mock.advance();
      yield* mock.settle();
      expect(mock.log).toEqual(["run a", "free a", "run b"]);
      yield* mock.advance();
      yield* mock.settle();
      expect(mock.log.at(-1)).toBe("run big");
      yield* mock.advance();
      yield* mock.settle();
    });
    expect(kit.events(["printk"])).toEqual([expect.stringContaining("truncate")]);
  });

  it.each([
    { description: "no fence", result: null, status: 1 },
    { description: "an error", result: -EIO, status: -EIO },
  ])("finishes a job whose run_job returns $description", ({ result, status }) => {
    const kit = new Kit();
    const mock = new MockSched(kit, { runResult: () => result });
    kit.run(function* () {
      const entity = yield* mock.entity();
      const job = yield* mock.submit(entity, "a");
      const finished = job.sFence!.finished.get();
      yield* mock.settle();
      expect(finished.status).toBe(status);
      expect(entity.error).toBe(Math.min(status, 0));
    });
    expect(mock.log).toEqual(["run a", "free a"]);
  });

  it("passes the hardware fence's error on to the finished fence", () => {
    const kit = new Kit();
    const mock = new MockSched(kit);
    kit.run(function* () {
      const entity = yield* mock.entity();
      const job = yield* mock.submit(entity, "a");
      const finished = job.sFence!.finished.get();
      yield* mock.settle();
      yield* mock.advance(1, -EIO);
      expect(finished.status).toBe(-EIO);
    });
  });

  it("refuses jobs without credits and schedulers with too many run queues", () => {
    const kit = new Kit();
    const mock = new MockSched(kit);
    kit.run(function* () {
      const entity = yield* mock.entity();
      expect(new MockJob("x").init(entity, 0, null, 1)).toBe(-EINVAL);
      expect(new MockSched(kit, { numRqs: 5 }).sched.ready).toBe(false);
    });
  });
});

describe("drm_sched: dependencies", () => {
  it("waits for fences in the order of their addition, one of each context", () => {
    const kit = new Kit();
    const mock = new MockSched(kit);
    kit.run(function* () {
      const entity = yield* mock.entity();
      const [a1, b, a2] = [kit.fence(50, 1), kit.fence(60, 1), kit.fence(50, 2)];
      const job = yield* mock.submit(entity, "a", { wait: [a1, b, a2] });
      expect(job.dependencies).toEqual([a2, b]);
      yield* mock.settle();
      yield* b.signal();
      yield* mock.settle();
      expect(mock.log).toEqual([]);
      yield* a2.signal();
      yield* mock.settle();
      expect(mock.log).toEqual(["run a"]);
      yield* mock.advance();
    });
    expect(kit.events(["drm_sched_job_add_dep", "drm_sched_job_unschedulable"])).toEqual([
      "drm_sched_job_add_dep 3 1 50 2",
      "drm_sched_job_add_dep 3 1 60 1",
      "drm_sched_job_unschedulable 3 1 50 2",
    ]);
  });

  it("pipelines jobs of one scheduler: the other job only has to be scheduled", () => {
    const kit = new Kit();
    const mock = new MockSched(kit);
    kit.run(function* () {
      const [first, second] = [yield* mock.entity(), yield* mock.entity()];
      const gate = kit.fence(70, 1);
      const a = yield* mock.submit(first, "a", { wait: [gate] });
      yield* mock.submit(second, "b", { wait: [a.sFence!.finished] });
      // A fence of the same entity needs no wait at all.
      yield* mock.submit(second, "c", { wait: [a.sFence!.finished] });
      yield* mock.settle();
      expect(mock.log).toEqual([]);
      yield* gate.signal();
      yield* mock.settle();
      expect(mock.log).toEqual(["run a", "run b", "run c"]);
      yield* mock.advance(3);
    });
    expect(kit.events(["drm_sched_job_unschedulable"])[1]).toMatch(/ 2 1$/);
  });

  it("waits for the finished fence of another scheduler's job", () => {
    const kit = new Kit();
    const [one, two] = [new MockSched(kit), new MockSched(kit)];
    kit.run(function* () {
      const a = yield* one.submit(yield* one.entity(), "a");
      yield* two.submit(yield* two.entity(), "b", { wait: [a.sFence!.finished] });
      yield* one.settle();
      expect([one.log, two.log]).toEqual([["run a"], []]);
      yield* one.advance();
      yield* one.settle();
      expect(two.log).toEqual(["run b"]);
    });
  });
});

describe("drm_sched: choice of the entity", () => {
  const cases: { policy: SchedPolicy; order: string[] }[] = [
    { policy: "fifo", order: ["a1", "a2", "b1", "a3", "b2"] },
    { policy: "rr", order: ["a1", "b1", "a2", "b2", "a3"] },
  ];
  it.each(cases)("takes jobs in the order of $policy", ({ policy, order }) => {
    const kit = new Kit({ costs: { clockRead: 256 } });
    const mock = new MockSched(kit, { policy, creditLimit: 1 });
    kit.run(function* () {
      const gate = kit.fence(70, 1);
      const [a, b] = [yield* mock.entity(), yield* mock.entity()];
      yield* mock.submit(a, "a1", { wait: [gate] });
      yield* mock.submit(a, "a2");
      yield* mock.submit(b, "b1", { wait: [gate] });
      yield* mock.submit(a, "a3");
      yield* mock.submit(b, "b2");
      yield* mock.settle();
      yield* gate.signal();
      for (let i = 0; i < 5; i++) {
        yield* mock.settle();
        yield* mock.advance();
      }
    });
    expect(mock.log.filter((l) => l.startsWith("run"))).toEqual(order.map((n) => `run ${n}`));
  });

  it("prefers the more important run queue", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { creditLimit: 1 });
    kit.run(function* () {
      const low = yield* mock.entity(SchedPriority.low);
      const high = yield* mock.entity(SchedPriority.high);
      yield* mock.submit(low, "l1");
      yield* mock.submit(low, "l2");
      yield* mock.submit(high, "h");
      for (let i = 0; i < 3; i++) {
        yield* mock.settle();
        yield* mock.advance();
      }
    });
    expect(mock.log.filter((l) => l.startsWith("run"))).toEqual(["run h", "run l1", "run l2"]);
  });

  it("gives the fair policy's low priority a share, not nothing", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { policy: "fair", creditLimit: 1 });
    kit.run(function* () {
      const low = yield* mock.entity(SchedPriority.low);
      const normal = yield* mock.entity(SchedPriority.normal);
      for (let i = 0; i < 12; i++) {
        yield* mock.submit(low, "low");
        yield* mock.submit(normal, "normal");
      }
      for (let i = 0; i < 12; i++) {
        yield* mock.settle();
        yield* mock.advance();
      }
    });
    const ran = mock.log.filter((l) => l.startsWith("run"));
    const low = ran.filter((l) => l === "run low").length;
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(ran.length / 2);
  });

  it("moves an idle entity to the least loaded scheduler", () => {
    const kit = new Kit();
    const [one, two] = [new MockSched(kit), new MockSched(kit)];
    kit.run(function* () {
      const busy = yield* one.entity();
      yield* one.submit(busy, "x");
      const entity = new DrmSchedEntity(kit);
      yield* entity.init(SchedPriority.normal, [one.sched, two.sched]);
      expect(pickBest([one.sched, two.sched])).toBe(two.sched);
      const job = yield* one.submit(entity, "y");
      expect(job.sched).toBe(two.sched);
      yield* job.sFence!.scheduled.addCallback(new FenceCb(() => done()));
      yield* one.settle();
      expect([one.log, two.log]).toEqual([["run x"], ["run y"]]);
    });
  });
});
