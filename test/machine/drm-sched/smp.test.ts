import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as so from "../../../src/machine/syncobj/index.ts";
import { Kit } from "../dma-fence/kit.ts";
import { MockSched } from "./mock.ts";

const costs = fc.record({
  lock: fc.integer({ min: 0, max: 40 }),
  wakeUp: fc.integer({ min: 0, max: 300 }),
  contextSwitch: fc.integer({ min: 0, max: 900 }),
  queueWork: fc.integer({ min: 0, max: 200 }),
  clockRead: fc.integer({ min: 0, max: 256 }),
  irqEntry: fc.integer({ min: 0, max: 500 }),
});

describe("a GPU scheduler on several CPUs", () => {
  it("finishes chained jobs of three tasks with any costs, and leaks nothing", () => {
    fc.assert(
      fc.property(costs, fc.integer({ min: 1, max: 3 }), fc.nat(20), (cost, cpus, gpuUs) => {
        const kit = new Kit({ cpus, costs: cost });
        const file = new so.SyncobjFile(kit);
        const mock = new MockSched(kit, { creditLimit: 3 });
        const ends: number[] = [];
        const rounds = 6;
        for (let id = 0; id < 3; id++) {
          kit.task(`user${id}`, function* () {
            const entity = yield* mock.entity();
            const created: so.SyncobjCreateArgs = {};
            yield* so.syncobjCreateIoctl(file, created);
            const handle = created.handle!;
            const syncobj = (yield* file.find(handle))!;
            for (let point = 1; point <= rounds; point++) {
              const before = point > 1 ? yield* so.findFence(file, handle, point - 1) : null;
              yield* mock.submit(entity, `${id}.${point}`, {
                wait: before === null || typeof before === "number" ? [] : [before],
                *armed(fence) {
                  yield* syncobj.addPoint(fence, point);
                },
              });
              if (before !== null && typeof before !== "number") yield* before.put();
            }
            const args = { handles: [handle], points: [rounds], timeoutNsec: 1e9 };
            ends.push(yield* so.syncobjTimelineWaitIoctl(file, args));
            yield* syncobj.put();
            yield* entity.destroy();
          });
        }
        kit.task("gpu", function* () {
          for (let done = 0; done < 3 * rounds;) {
            yield* kit.sleepUs(gpuUs);
            if (mock.hw.length === 0) continue;
            yield* mock.advance();
            done++;
          }
        });
        kit.m.run(50e6);
        expect(ends).toEqual([0, 0, 0]);
        expect(mock.sched.creditCount).toBe(0);
        kit.run(function* () {
          yield* file.release();
          yield* mock.sched.fini();
        });
        expect(kit.fences.live).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});
