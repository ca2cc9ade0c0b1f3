import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { Machine } from "../../../src/machine/core/machine.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { DelayedWork, Work, type Workqueues } from "../../../src/machine/workqueue/index.ts";
import { K } from "../../../src/timeline/kinds.ts";
import { Bench } from "./bench.ts";

let bench: Bench;
let m: Machine;
let wqs: Workqueues;
let log: string[];

function boot(cpus = 1): void {
  bench = new Bench(cpus);
  ({ m, wqs, log } = bench);
}

const item = (...args: Parameters<Bench["item"]>) => bench.item(...args);
const asleep = (us: number) => bench.asleep(us);
const run = (body: () => Kernel<void>, ms?: number) => bench.run(body, ms);

beforeEach(() => boot());

describe("queueing", () => {
  it("runs items in order of queueing; a pending item is queued once", () => {
    const a = item("a");
    run(function* () {
      expect(yield* wqs.systemWq.queueWork(a)).toBe(true);
      expect(a.pending).toBe(true);
      expect(yield* wqs.systemWq.queueWork(a)).toBe(false);
      yield* wqs.systemWq.queueWork(item("b"));
    });
    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends"]);
    expect(a.pending).toBe(false);
  });

  it("clears pending before the function runs, which may queue itself again", () => {
    let runs = 0;
    const again: Work = new Work("again", function* () {
      if (++runs < 3) expect(yield* wqs.systemUnboundWq.queueWork(again)).toBe(true);
    });
    run(function* () {
      yield* wqs.systemUnboundWq.queueWork(again);
    });
    expect(runs).toBe(3);
  });

  it("never runs an item twice at once: a running one is queued to the same worker", () => {
    const a = item("a", { sleepUs: 10 });
    run(function* () {
      yield* wqs.systemUnboundWq.queueWork(a);
      yield* asleep(5);
      yield* wqs.systemUnboundWq.queueWork(a);
      yield* asleep(100);
    });
    expect(log).toEqual(["a starts", "a ends", "a starts", "a ends"]);
  });

  it("gives items numbers in the order seen, and links execution to queueing", () => {
    const a = item("a");
    run(function* () {
      yield* wqs.systemWq.queueWork(a);
    });
    const { rec } = m;
    const at = (kind: number) => {
      for (let i = 0; i < rec.length; i++) if (rec.kind(i) === kind) return i;
      throw new Error("no such entry");
    };
    const start = at(K.workqueue_execute_start);
    expect(rec.field(start, "work")).toBe(1);
    expect(rec.cause(start)).toBe(at(K.workqueue_queue_work));
  });
});

describe("concurrency", () => {
  it("runs one item at a time on a CPU, the next one when it sleeps", () => {
    run(function* () {
      yield* wqs.systemWq.queueWork(item("a", { us: 50 }));
      yield* wqs.systemWq.queueWork(item("b", { sleepUs: 50 }));
      yield* wqs.systemWq.queueWork(item("c"));
    });
    expect(log).toEqual(["a starts", "a ends", "b starts", "c starts", "c ends", "b ends"]);
  });

  it("runs all items of an unbound workqueue at once, making workers as needed", () => {
    const names = ["a", "b", "c", "d", "e"];
    run(function* () {
      for (const name of names) {
        yield* wqs.systemUnboundWq.queueWork(item(name, { sleepUs: 50 }));
      }
    });
    expect(log).toEqual([...names.map((n) => `${n} starts`), ...names.map((n) => `${n} ends`)]);
    // Two at boot; a worker that starts on the last idle one's behalf makes one more.
    const workers = m.tasks.filter((task) => task.comm.startsWith("kworker/u4:"));
    expect(workers.map((task) => task.comm)).toEqual(
      [1, 0, 2, 3, 4, 5].map((id) => `kworker/u4:${id}`),
    );
  });

  it("keeps an ordered workqueue to one item, in order of queueing", () => {
    const wq = wqs.alloc("ordered", { ordered: true });
    run(function* () {
      yield* wq.queueWork(item("a", { sleepUs: 50 }));
      yield* wq.queueWork(item("b", { sleepUs: 10 }));
      yield* wq.queueWork(item("c"));
    });
    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  it("limits an unbound workqueue to max_active, and activates as items finish", () => {
    const wq = wqs.alloc("two", { unbound: true, maxActive: 2 });
    run(function* () {
      yield* wq.queueWork(item("a", { sleepUs: 50 }));
      yield* wq.queueWork(item("b", { sleepUs: 20 }));
      yield* wq.queueWork(item("c"));
    });
    expect(log).toEqual(["a starts", "b starts", "b ends", "c starts", "c ends", "a ends"]);
  });

  it("runs a per-CPU item on the CPU that queued it", () => {
    boot(2);
    const where: number[] = [];
    const on = (cpu: number) =>
      new Work(`on ${cpu}`, function* () {
        where.push(m.cpu!.id);
        yield* m.udelay(1);
      });
    run(function* () {
      yield* wqs.systemWq.queueWorkOn(1, on(1));
      yield* wqs.systemWq.queueWorkOn(0, on(0));
    });
    expect(where.sort()).toEqual([0, 1]);
  });
});

describe("any mix of items", () => {
  const spec = fc.record({
    wq: fc.constantFrom("bound", "unbound", "ordered", "limited"),
    us: fc.integer({ min: 0, max: 20 }),
    sleepUs: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
    afterUs: fc.integer({ min: 0, max: 50 }),
    cpu: fc.integer({ min: 0, max: 3 }),
  });

  it("runs each item once, within max_active, on one to four CPUs", () => {
    fc.assert(
      fc.property(
        fc.array(spec, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (specs, cpus) => {
          boot(cpus);
          const queues = {
            bound: wqs.systemWq,
            unbound: wqs.alloc("unbound", { unbound: true }),
            ordered: wqs.alloc("ordered", { ordered: true }),
            limited: wqs.alloc("limited", { unbound: true, maxActive: 2 }),
          };
          const active = { bound: 0, unbound: 0, ordered: 0, limited: 0 };
          const most = { ...active };
          const runs = specs.map(() => 0);
          const tasks = m.cpus.map(({ id }) =>
            m.createTask({
              comm: `queuer ${id}`,
              *body() {
                for (const [i, { wq, us, sleepUs, afterUs, cpu }] of specs.entries()) {
                  if (cpu % cpus !== id) continue;
                  yield* m.udelay(afterUs);
                  const work = new Work(`w${i}`, function* () {
                    runs[i]++;
                    most[wq] = Math.max(most[wq], ++active[wq]);
                    yield* m.udelay(us);
                    if (sleepUs !== undefined) yield* asleep(sleepUs);
                    active[wq]--;
                  });
                  yield* queues[wq].queueWork(work);
                }
              },
            }),
          );
          for (const task of tasks) m.sched.wakeNew(task);
          m.run(m.now + 1e9);
          expect(runs).toEqual(specs.map(() => 1));
          expect(most.ordered).toBeLessThanOrEqual(1);
          expect(most.limited).toBeLessThanOrEqual(2);
          for (const wq of Object.values(queues)) expect(wq.isEmpty).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("delayed items", () => {
  it("are queued by a timer; a modification moves it, also to now", () => {
    const times: number[] = [];
    const dwork = new DelayedWork("late", function* () {
      times.push(m.now / 1e6);
      yield* m.udelay(0);
    });
    run(function* () {
      expect(yield* wqs.systemWq.queueDelayedWork(dwork, 10)).toBe(true);
      expect(dwork.pending).toBe(true);
      expect(yield* wqs.systemWq.modDelayedWork(dwork, 2)).toBe(true);
    });
    expect(times.length).toBe(1);
    expect(times[0]).toBeGreaterThanOrEqual(8);
    expect(times[0]).toBeLessThan(16);
    run(function* () {
      yield* wqs.systemWq.queueDelayedWork(dwork, 100);
      yield* wqs.systemWq.modDelayedWork(dwork, 0);
    }, 10);
    expect(times.length).toBe(2);
  });

  it("do not run once cancelled, and run at once when flushed", () => {
    const dwork = new DelayedWork("late", item("late").fn);
    run(function* () {
      yield* wqs.systemWq.queueDelayedWork(dwork, 1);
      expect(yield* wqs.cancelDelayedWork(dwork)).toBe(true);
      expect(dwork.pending).toBe(false);
      expect(yield* wqs.cancelDelayedWork(dwork)).toBe(false);
    });
    expect(log).toEqual([]);
    run(function* () {
      yield* wqs.systemWq.queueDelayedWork(dwork, 250);
      expect(yield* wqs.flushDelayedWork(dwork)).toBe(true);
      log.push("flushed");
    }, 10);
    expect(log).toEqual(["late starts", "late ends", "flushed"]);
  });
});
