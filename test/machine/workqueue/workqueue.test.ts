import { beforeEach, describe, expect, it } from "vitest";
import { Machine } from "../../../src/machine/core/machine.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { Kthreads } from "../../../src/machine/kthread.ts";
import { Timers } from "../../../src/machine/time/timers.ts";
import { DelayedWork, Work, Workqueues } from "../../../src/machine/workqueue/index.ts";
import { K } from "../../../src/timeline/kinds.ts";

let m: Machine;
let wqs: Workqueues;
let log: string[];

function boot(cpus = 1): void {
  m = new Machine({ cpus, hz: 250 });
  wqs = new Workqueues(m, new Timers(m), new Kthreads(m));
  log = [];
}

/** A work item that logs its start and end, with `us` of busy CPU or `sleepUs` asleep between. */
function item(name: string, options: { us?: number; sleepUs?: number } = {}): Work {
  return new Work(name, function* () {
    log.push(`${name} starts`);
    if (options.us !== undefined) yield* m.udelay(options.us);
    if (options.sleepUs !== undefined) yield* asleep(options.sleepUs);
    log.push(`${name} ends`);
  });
}

function* asleep(us: number): Kernel {
  const task = m.current!;
  m.setState("D");
  m.after(us * 1000, () => m.sched.wake(task));
  yield* m.sleep();
}

/** Runs `body` as a task, then the machine until nothing is left (or for `ms`). */
function run(body: () => Kernel<void>, ms = 1000): void {
  m.sched.wakeNew(m.createTask({ comm: "test", body }));
  m.run(m.now + ms * 1e6);
}

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
      m.sched.wakeNew(
        m.createTask({
          comm: "second",
          *body() {
            yield* asleep(5);
            yield* wq.queueWork(item("late", { sleepUs: 100 }));
          },
        }),
      );
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
      m.sched.wakeNew(
        m.createTask({
          comm: `flusher ${i}`,
          *body() {
            yield* wq.queueWork(item(`w${i}`, { sleepUs: 10 }));
            yield* wq.flush();
            expect(log).toContain(`w${i} ends`);
            ended.push(i);
          },
        }),
      );
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
      m.after(1000, () => {
        m.sched.wakeNew(
          m.createTask({
            comm: "late",
            *body() {
              yield* wq.queueWork(item("refused"));
            },
          }),
        );
      });
      yield* wq.drain();
      log.push(`drained, ${left} left`);
      yield* wq.destroy();
      yield* wq.queueWork(item("dead"));
    });
    expect(log).toEqual(["drained, -1 left"]);
    const { rec } = m;
    const warnings: unknown[] = [];
    for (let i = 0; i < rec.length; i++) {
      if (rec.is(i, "printk")) warnings.push(rec.field(i, "text"));
    }
    expect(warnings).toEqual([
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
    const texts: string[] = [];
    for (let i = 0; i < m.rec.length; i++) {
      if (m.rec.is(i, "printk")) texts.push(String(m.rec.field(i, "text")));
    }
    expect(texts[0]).toContain("workqueue leaked atomic");
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
