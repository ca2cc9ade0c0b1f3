// Scenarios of the KUnit tests of drm_sched (Linux 7.3, drivers/gpu/drm/scheduler/tests) that no
// panthor trace can express, on the mock. Each test has the name of the upstream case.

import { describe, expect, it } from "vitest";
import { done } from "../../../src/machine/core/op.ts";
import {
  type DrmSchedEntity,
  GpuSchedStat,
  SchedPriority,
} from "../../../src/machine/drm-sched/index.ts";
import { Kit } from "../dma-fence/kit.ts";
import { MockSched } from "./mock.ts";

const priorities = [
  SchedPriority.kernel,
  SchedPriority.high,
  SchedPriority.normal,
  SchedPriority.low,
];
const runs = (mock: MockSched): string[] => mock.log.filter((l) => l.startsWith("run "));

describe("drm_sched KUnit", () => {
  it("drm_sched_skip_reset", () => {
    const kit = new Kit();
    let skipped = 0;
    const mock = new MockSched(kit, {
      timeout: 5,
      timedout: () => {
        skipped++;
        return done(GpuSchedStat.noHang);
      },
    });
    kit.run(function* () {
      const entity = yield* mock.entity();
      const job = yield* mock.submit(entity, "job");
      const finished = job.sFence!.finished.get();
      yield* kit.sleepUs(45_000);
      expect(skipped).toBeGreaterThan(0);
      // Skipped, not cancelled: the job is still the hardware's, and can still end well.
      expect(yield* finished.isSignaled()).toBe(false);
      yield* mock.advance();
      yield* mock.settle();
      expect([yield* finished.isSignaled(), finished.error]).toEqual([true, 0]);
      yield* finished.put();
      yield* entity.destroy();
    });
    expect([...mock.sched.pendingList]).toEqual([]);
  });

  it("drm_sched_change_priority", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { creditLimit: 2 });
    const jobs = 60;
    kit.run(function* () {
      const entities: DrmSchedEntity[] = [];
      for (const priority of priorities) entities.push(yield* mock.entity(priority));
      for (let i = 0; i < jobs; i++) yield* mock.submit(entities[i % 4], `${i}`);
      for (let i = 0; runs(mock).length < jobs || mock.hw.length > 0; i++) {
        const entity = entities[i % 4];
        yield* entity.setPriority(priorities[(i + 1) % 4]);
        if (mock.hw.length > 0) yield* mock.advance();
        yield* mock.settle();
      }
      for (const entity of entities) yield* entity.destroy();
    });
    // Every job ran once, and each entity's in the order in which they were pushed.
    const order = runs(mock).map((l) => Number(l.slice("run ".length)));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: jobs }, (_, i) => i));
    for (let e = 0; e < 4; e++) {
      const own = order.filter((n) => n % 4 === e);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  it("drm_sched_test_modify_sched", () => {
    const kit = new Kit();
    const mocks = [0, 1, 2].map(() => new MockSched(kit, { creditLimit: 4 }));
    const jobs = 65;
    kit.run(function* () {
      const entities: DrmSchedEntity[] = [];
      for (let i = 0; i < 13; i++) entities.push(yield* mocks[i % 3].entity());
      for (let i = 0; i < jobs; i++) {
        const entity = entities[i % 13];
        yield* mocks[0].submit(entity, `${i}`);
        yield* entity.modifySched([mocks[i % 3].sched]);
        for (const mock of mocks) if (mock.hw.length > 1) yield* mock.advance();
      }
      while (mocks.flatMap((m) => m.log).filter((l) => l.startsWith("free")).length < jobs) {
        yield* mocks[0].settle();
        for (const mock of mocks) yield* mock.advance(mock.hw.length);
      }
      for (const entity of entities) yield* entity.destroy();
    });
    const all = mocks.flatMap(runs).map((l) => Number(l.slice("run ".length)));
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: jobs }, (_, i) => i));
    expect(mocks.flatMap((m) => [...m.sched.pendingList])).toEqual([]);
  });

  it("drm_sched_scheduler_two_clients_test: with two credits", () => {
    const kit = new Kit();
    const mock = new MockSched(kit, { creditLimit: 2 });
    const jobs = 20;
    let most = 0;
    kit.run(function* () {
      const entities = [yield* mock.entity(), yield* mock.entity()];
      for (let i = 0; i < jobs; i++) yield* mock.submit(entities[i % 2], `${i % 2}.${i}`);
      while (mock.log.filter((l) => l.startsWith("free")).length < jobs) {
        yield* mock.settle();
        most = Math.max(most, mock.hw.length);
        if (mock.hw.length > 0) yield* mock.advance();
      }
      for (const entity of entities) yield* entity.destroy();
    });
    expect(most).toBe(2);
    // Both clients have their turn: neither runs twice while the other waits.
    const clients = runs(mock).map((l) => l.slice(4, 5));
    for (let i = 2; i < jobs; i++) expect(clients.slice(i - 2, i + 1)).toContain("0");
    for (let i = 2; i < jobs; i++) expect(clients.slice(i - 2, i + 1)).toContain("1");
  });
});
