import { describe, expect, it } from "vitest";
import { done } from "../../../src/machine/core/op.ts";
import {
  GpuSchedStat,
  increaseKarma,
  resumeTimeout,
  schedFault,
  SchedPriority,
  suspendTimeout,
} from "../../../src/machine/drm-sched/index.ts";
import { ECANCELED, ESRCH, ETIME } from "../../../src/machine/errno.ts";
import { Kit } from "../dma-fence/kit.ts";
import { MockSched } from "./mock.ts";

const ms = 1e6;

describe("drm_sched: timeouts", () => {
  it("calls the driver when the oldest job takes too long, and again later", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, {
      timeout: 5,
      timedout: () => done(GpuSchedStat.noHang),
    });
    kit.run(function* () {
      const entity = yield* mock.entity();
      yield* mock.submit(entity, "a");
      yield* kit.sleepUs(50_000);
      yield* mock.advance();
      yield* kit.sleepUs(50_000);
    });
    expect(mock.log.map((l) => l.replace(/ at .*/, ""))).toEqual([
      "run a",
      "timeout a",
      "timeout a",
      "free a",
    ]);
    expect([...mock.sched.pendingList]).toEqual([]);
  });

  it("starts the clock of the next job when the one before is done", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { timeout: 5, timedout: () => done(GpuSchedStat.enodev) });
    kit.run(function* () {
      const entity = yield* mock.entity();
      yield* mock.submit(entity, "a");
      yield* mock.submit(entity, "b");
      yield* kit.sleepUs(12_000);
      yield* mock.advance();
      yield* kit.sleepUs(100_000);
    });
    const timeout = mock.log.find((l) => l.startsWith("timeout b"))!;
    expect(Number(timeout.split(" at ")[1])).toBeGreaterThan(30 * ms);
    expect(mock.log.some((l) => l.startsWith("timeout a"))).toBe(false);
  });

  it("stops, cancels and starts again around a reset", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, {
      timeout: 5,
      *timedout({ sched, hw }, job) {
        yield* sched.stop(job);
        yield* increaseKarma(job);
        job.sFence!.finished.setError(-ETIME);
        hw.length = 0;
        yield* sched.start(0);
        return GpuSchedStat.reset;
      },
    });
    const guilty = { value: 0 };
    kit.run(function* () {
      const entity = yield* mock.entity();
      entity.guilty = guilty;
      const a = yield* mock.submit(entity, "a");
      const b = yield* mock.submit(entity, "b");
      const fences = [a.sFence!.finished.get(), b.sFence!.finished.get()];
      yield* kit.sleepUs(50_000);
      // Jobs whose hardware fence was given up are cancelled, whatever error was set before.
      expect(fences.map((f) => f.status)).toEqual([-ECANCELED, -ECANCELED]);
      expect(mock.sched.creditCount).toBe(0);
      const next = yield* mock.submit(entity, "c");
      const finished = next.sFence!.finished.get();
      yield* mock.settle();
      expect(finished.error).toBe(-ECANCELED);
    });
    expect(guilty.value).toBe(1);
    expect(mock.log.filter((l) => l.startsWith("free"))).toEqual(["free a", "free b", "free c"]);
  });

  it("runs the handler at once on a fault, and not at all while suspended", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { timeout: 5, timedout: () => done(GpuSchedStat.enodev) });
    kit.run(function* () {
      const entity = yield* mock.entity();
      yield* mock.submit(entity, "a");
      yield* mock.settle();
      const left = yield* suspendTimeout(mock.sched);
      expect(left).toBeGreaterThan(0);
      yield* kit.sleepUs(100_000);
      expect(mock.log).toEqual(["run a"]);
      yield* resumeTimeout(mock.sched, left);
      yield* schedFault(mock.sched);
      yield* mock.settle();
      expect(mock.log).toHaveLength(2);
    });
  });
});

describe("drm_sched: teardown", () => {
  it("kills what an entity has queued, after what it depends on", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { creditLimit: 1 });
    kit.run(function* () {
      const entity = yield* mock.entity();
      const gate = kit.fence(70, 1);
      yield* mock.submit(entity, "a");
      const b = yield* mock.submit(entity, "b", { wait: [gate] });
      const c = yield* mock.submit(entity, "c");
      const [fb, fc] = [b.sFence!.finished.get(), c.sFence!.finished.get()];
      yield* mock.settle();
      yield* entity.fini();
      yield* mock.settle();
      expect([fb.status, fc.status]).toEqual([0, 0]);
      // The chain: a finishes, then the dependency of b, then b, then c.
      yield* mock.advance();
      yield* mock.settle();
      expect([fb.status, fc.status]).toEqual([0, 0]);
      yield* gate.signal();
      yield* mock.settle();
      expect([fb.status, fc.status]).toEqual([-ESRCH, -ESRCH]);
      const late = yield* mock.submit(entity, "d");
      expect([...late.sched!.pendingList]).toEqual([]);
    });
    expect(mock.log).toEqual(["run a", "free a", "free b", "free c"]);
    expect(kit.events(["printk"])).toEqual([expect.stringContaining("killed entity")]);
  });

  it("flushes until the queue is empty", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { creditLimit: 1 });
    const log: string[] = [];
    kit.run(function* () {
      const entity = yield* mock.entity();
      for (const name of ["a", "b"]) yield* mock.submit(entity, name);
      kit.task("flusher", function* () {
        yield* entity.flush(250);
        log.push("flushed");
      });
      yield* mock.settle();
      expect(log).toEqual([]);
      yield* mock.advance();
      yield* mock.settle();
      expect(log).toEqual(["flushed"]);
    });
  });

  it("cancels pending jobs when it ends, if the driver can", () => {
    const kit = new Kit();
    const mock = new MockSched(kit);
    mock.sched.ops = {
      ...mock.sched.ops,
      *cancelJob(job) {
        yield* (job as never as { hwFence: { signal(): Generator<never> } }).hwFence.signal();
      },
    };
    kit.run(function* () {
      const entity = yield* mock.entity(SchedPriority.high);
      for (const name of ["a", "b"]) yield* mock.submit(entity, name);
      yield* mock.settle();
      yield* mock.sched.fini();
      expect([...mock.sched.pendingList]).toEqual([]);
    });
    expect(mock.log).toEqual(["run a", "run b", "free b", "free a"]);
  });
});
