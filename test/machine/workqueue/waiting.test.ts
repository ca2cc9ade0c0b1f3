import { beforeEach, describe, expect, it } from "vitest";
import type { Machine } from "../../../src/machine/core/machine.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { Work, type Workqueues } from "../../../src/machine/workqueue/index.ts";
import { Bench } from "./bench.ts";

let bench: Bench;
let m: Machine;
let wqs: Workqueues;
let log: string[];

const item = (...args: Parameters<Bench["item"]>) => bench.item(...args);
const asleep = (us: number) => bench.asleep(us);
const run = (body: () => Kernel<void>, ms?: number) => bench.run(body, ms);

beforeEach(() => {
  bench = new Bench();
  ({ m, wqs, log } = bench);
});

describe("waiting and cancelling", () => {
  it("flush_work waits for a queued and for a running item, not for an idle one", () => {
    const a = item("a", { sleepUs: 20 });
    run(function* () {
      expect(yield* wqs.flushWork(a)).toBe(false);
      yield* wqs.systemUnboundWq.queueWork(a);
      expect(yield* wqs.flushWork(a)).toBe(true);
      log.push("first flush");
      yield* wqs.systemUnboundWq.queueWork(a);
      yield* asleep(5);
      expect(yield* wqs.flushWork(a)).toBe(true);
      log.push("second flush");
    });
    expect(log).toEqual([
      "a starts",
      "a ends",
      "first flush",
      "a starts",
      "a ends",
      "second flush",
    ]);
  });

  it("cancel_work_sync takes a queued item back and waits for a running one", () => {
    const wq = wqs.alloc("ordered", { ordered: true });
    const a = item("a", { sleepUs: 20 });
    const b = item("b");
    run(function* () {
      yield* wq.queueWork(a);
      yield* wq.queueWork(b);
      yield* asleep(5);
      expect(yield* wqs.cancelWorkSync(b)).toBe(true);
      expect(yield* wqs.cancelWorkSync(a)).toBe(false);
      log.push("cancelled");
      // The cancelled item does not hold up later ones.
      yield* wq.queueWork(b);
    });
    expect(log).toEqual(["a starts", "a ends", "cancelled", "b starts", "b ends"]);
  });

  it("a disabled item cannot be queued until it is enabled as often", () => {
    const a = item("a");
    run(function* () {
      yield* wqs.systemWq.queueWork(a);
      expect(yield* wqs.disableWorkSync(a)).toBe(true);
      yield* wqs.disableWork(a);
      expect(yield* wqs.systemWq.queueWork(a)).toBe(false);
      expect(yield* wqs.enableWork(a)).toBe(false);
      expect(yield* wqs.enableWork(a)).toBe(true);
      expect(yield* wqs.systemWq.queueWork(a)).toBe(true);
    });
    expect(log).toEqual(["a starts", "a ends"]);
  });

  it("flush of a workqueue waits for what was queued before, not for what comes later", () => {
    const wq = wqs.alloc("wq", { unbound: true });
    run(function* () {
      yield* wq.queueWork(item("a", { sleepUs: 30 }));
      yield* wq.queueWork(item("b", { sleepUs: 10 }));
      m.after(15_000, () => log.push("15 us"));
      bench.start(function* () {
        yield* asleep(5);
        yield* wq.queueWork(item("late", { sleepUs: 100 }));
      });
      yield* wq.flush();
      log.push("flushed");
    });
    expect(log).toEqual([
      "a starts",
      "b starts",
      "late starts",
      "b ends",
      "15 us",
      "a ends",
      "flushed",
      "late ends",
    ]);
  });

  it("concurrent flushes end in order, more of them than there are colours too", () => {
    const wq = wqs.alloc("wq", { ordered: true });
    const ended: number[] = [];
    for (let i = 0; i < 40; i++) {
      bench.start(function* () {
        yield* wq.queueWork(item(`w${i}`, { sleepUs: 10 }));
        yield* wq.flush();
        expect(log).toContain(`w${i} ends`);
        ended.push(i);
      });
    }
    m.run(m.now + 1e9);
    expect(ended.length).toBe(40);
  });

  it("drain waits for chained items and refuses others; destroy ends the workqueue", () => {
    const wq = wqs.alloc("wq", { unbound: true });
    let left = 3;
    const chain: Work = new Work("chain", function* () {
      yield* asleep(5);
      if (left-- > 0) yield* wq.queueWork(chain);
    });
    run(function* () {
      yield* wq.queueWork(chain);
      const late = function* (): Kernel {
        yield* wq.queueWork(item("refused"));
      };
      m.after(1000, () => bench.start(late));
      yield* wq.drain();
      log.push(`drained, ${left} left`);
      yield* wq.destroy();
      yield* wq.queueWork(item("dead"));
    });
    expect(log).toEqual(["drained, -1 left"]);
    expect(bench.dmesg).toEqual([
      "workqueue: cannot queue refused on wq wq",
      "workqueue: cannot queue dead on wq wq",
    ]);
  });

  it("reports an item that returns with preemption off", () => {
    run(function* () {
      const leak = new Work("leak", function* () {
        m.preemptDisable();
      });
      yield* wqs.systemUnboundWq.queueWork(leak);
    }, 1);
    expect(bench.dmesg[0]).toContain("workqueue leaked atomic");
  });
});

describe("rescuers and idle workers", () => {
  it("creates the rescuer of a reclaim workqueue through kthreadd and stops it at the end", () => {
    run(function* () {
      const wq = yield* wqs.create("panthor-csf-sched", { unbound: true, memReclaim: true });
      const rescuer = m.tasks.find((task) => task.comm === "kworker/R-panth")!;
      yield* asleep(10);
      expect([rescuer.state, rescuer.prio]).toEqual(["I", 100]);
      yield* wq.destroy();
      expect(rescuer.state).toBe("X");
    });
  });

  it("removes workers that were idle for five minutes", () => {
    run(function* () {
      for (let i = 0; i < 8; i++) {
        yield* wqs.systemUnboundWq.queueWork(item(`w${i}`, { sleepUs: 50 }));
      }
    });
    const alive = () =>
      m.tasks.filter((t) => t.comm.startsWith("kworker/u4:") && t.state !== "X").length;
    expect(alive()).toBeGreaterThanOrEqual(9);
    // Their timer is deferrable: it waits for a CPU that is awake at a tick.
    run(function* () {
      for (let i = 0; i < 4; i++) {
        yield* asleep(100e6);
        yield* m.udelay(10_000);
      }
    }, 500_000);
    // Two idle ones stay, and the one that removed the others.
    expect(alive()).toBe(3);
  });
});
