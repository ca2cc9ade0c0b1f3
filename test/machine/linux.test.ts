import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { describe, expect, it } from "vitest";
import { Clk } from "../../src/machine/clk.ts";
import { Kref } from "../../src/machine/kref.ts";
import { kernelLayer } from "../../src/machine/linux-services.ts";
import { IrqService, LinuxService, MachineService, TimeService } from "../../src/machine/parts.ts";
import { recordedClock } from "../../src/machine/time/clock.ts";
import { Work } from "../../src/machine/workqueue/work.ts";
import { lines } from "./lines.ts";
import { runProgram, start, testKernel } from "./kernel.ts";

describe("kernel services", () => {
  it("builds one kernel whose services are its parts", () => {
    const layer = kernelLayer({ machine: { cpus: 1, hz: 250 }, clock: recordedClock });
    const program = Effect.gen(function* () {
      const linux = yield* LinuxService;
      expect(linux.m).toBe(yield* MachineService);
      expect(linux.time).toBe(yield* TimeService);
      expect(linux.irqs).toBe(yield* IrqService);
      expect(linux.m.lockdep).toBe(linux.lockdep);
      return linux;
    });
    const linux = Effect.runSync(Effect.provide(program, layer));
    let ran = false;
    runProgram(linux, function* () {
      yield* linux.time.msleep(1);
      ran = true;
    });
    expect(ran).toBe(true);
  });

  it("makes a kernel of its own each time", () => {
    const layer = kernelLayer({ machine: { cpus: 1, hz: 250 } });
    const build = (): unknown =>
      Effect.runSync(
        Effect.scoped(Effect.map(Layer.build(layer), (c) => Context.get(c, LinuxService))),
      );
    expect(build()).not.toBe(build());
  });
});

describe("RCU", () => {
  it.each([
    [5, false],
    [20, true],
  ])("leaves what is more than ten of %i callbacks to ksoftirqd: %s", (count, left) => {
    const linux = testKernel();
    const { rcu, time } = linux;
    let ran = 0;
    runProgram(linux, function* () {
      for (let i = 0; i < count; i++) {
        rcu.callRcu(function* () {
          ran++;
        });
      }
      // New ones each time, so that the tick that runs them also wakes the thread for the next.
      for (let ms = 0; ms < 40; ms++) {
        if (ms % 8 === 0) rcu.freeRcu();
        yield* time.msleep(1);
      }
    });
    expect(ran).toBe(count);
    expect(linux.m.tasks.some((t) => t.comm === "ksoftirqd/0")).toBe(left);
  });

  it("waits for readers that were there, not for later ones", () => {
    const linux = testKernel();
    const { rcu, time } = linux;
    const log: string[] = [];
    start(linux, "reader", function* () {
      rcu.readLock();
      yield* time.msleep(40);
      log.push("reader out");
      yield* rcu.readUnlock();
    });
    start(linux, "late", function* () {
      yield* time.msleep(12);
      rcu.readLock();
      yield* time.msleep(80);
      log.push("late out");
      yield* rcu.readUnlock();
    });
    start(linux, "updater", function* () {
      yield* time.msleep(4);
      rcu.callRcu(function* () {
        log.push("callback");
      });
      yield* rcu.synchronizeRcu();
      log.push("synchronized");
    });
    linux.m.run(2e9);
    // A callback that no tick has seen yet is not counted to the grace period that begins.
    expect(log).toEqual(["reader out", "synchronized", "late out", "callback"]);
  });

  it("looks again a jiffy after it found a reader, or as soon as that one leaves", () => {
    const linux = testKernel();
    const { m, rcu, time } = linux;
    start(linux, "reader", function* () {
      rcu.readLock();
      yield* time.msleep(40);
      yield* rcu.readUnlock();
    });
    let ended = 0;
    start(linux, "updater", function* () {
      yield* time.msleep(4);
      yield* rcu.synchronizeRcu();
      ended = m.now;
    });
    m.run(2e9);
    const log = lines(m, ["timer_start", "sched_waking"]);
    // As in the recording 07c-cs-fault at 1.303841345: rcu_preempt sleeps with a timeout of one
    // jiffy, and the reader's unlock wakes it.
    expect(log.some((l) => l.includes("rcu_preempt") && l.includes("timeout=1"))).toBe(true);
    const left = log.filter((l) => l.startsWith("reader") && l.includes("comm=rcu_preempt"));
    expect(left).toHaveLength(1);
    expect(ended).toBeGreaterThan(1.04e9);
  });

  it("runs a work item outside of the reader section that its worker enters before", () => {
    const linux = testKernel();
    const { m, rcu, wq } = linux;
    // process_one_work() drops the pool's lock, a preemption point, inside a reader section.
    const { readLock } = rcu;
    const readers: string[] = [];
    rcu.readLock = () => {
      readLock.call(rcu);
      readers.push(m.current!.comm);
    };
    let depth = -1;
    runProgram(linux, function* () {
      const work = new Work("some_work", function* () {
        depth = m.ctx!.rcuDepth;
        yield* rcu.synchronizeRcu();
      });
      yield* wq.systemUnboundWq.queueWork(work);
      yield* wq.flushWork(work);
    });
    expect(readers.some((comm) => comm.startsWith("kworker/u"))).toBe(true);
    expect(depth).toBe(0);
  });

  it("takes an SRCU grace period of the recorded length (10-unbind)", () => {
    const linux = testKernel({ startNs: 1303369230, costs: { clockRead: 256 } });
    let ended = 0;
    runProgram(linux, function* () {
      yield* linux.rcu.unplugSrcu.synchronize();
      ended = linux.m.now;
    });
    // Recorded: timer at 1.303369486, process_srcu at 1.308, srcu_delay_timer at 1.316.
    expect(Math.floor(ended / 1e6)).toBe(1316);
    const works = lines(linux.m, ["workqueue_execute_start"]).map((l) => l.split("=").at(-1));
    expect(works).toEqual(["process_srcu", "srcu_invoke_callbacks"]);
  });

  it("keeps an SRCU grace period open while a reader is inside", () => {
    const linux = testKernel();
    const { unplugSrcu } = linux.rcu;
    let out = 0;
    let synced = 0;
    start(linux, "reader", function* () {
      const index = unplugSrcu.readLock();
      yield* linux.time.msleep(100);
      out = linux.m.now;
      yield* unplugSrcu.readUnlock(index);
    });
    start(linux, "updater", function* () {
      yield* linux.time.msleep(1);
      yield* unplugSrcu.synchronize();
      synced = linux.m.now;
    });
    linux.m.run(2e9);
    expect(out).toBeGreaterThan(0);
    expect(synced).toBeGreaterThan(out);
  });
});

describe("small parts", () => {
  it("counts references, releases once and reports leaks", () => {
    const linux = testKernel();
    const released: string[] = [];
    const a = new Kref("a", linux.krefs);
    const b = new Kref(linux.m, "b");
    b.get();
    runProgram(linux, function* () {
      const release = function* (): Generator<never, void, void> {
        released.push("a");
      };
      a.get();
      expect(yield* a.put(release)).toBe(false);
      expect(yield* a.put(release)).toBe(true);
    });
    expect(released).toEqual(["a"]);
    expect(linux.krefs.leaks()).toEqual([{ name: "b", count: 2 }]);
    expect(() => a.get()).toThrow(/use-after-free/);
  });

  it("enables a clock once for all users", () => {
    const linux = testKernel();
    const clk = new Clk(linux.clks, "mali-core", 1e9);
    runProgram(linux, function* () {
      expect(yield* clk.prepareEnable()).toBe(0);
      expect(yield* clk.prepareEnable()).toBe(0);
      yield* clk.disableUnprepare();
      yield* clk.disableUnprepare();
      yield* clk.disableUnprepare();
    });
    expect(lines(linux.m, ["clk_enable", "clk_disable", "printk"])).toEqual([
      "init: clk_enable clk=mali-core",
      "init: clk_disable clk=mali-core",
      "init: printk level=warn text=mali-core already disabled",
      "init: printk level=warn text=mali-core already unprepared",
    ]);
  });

  it("kills a task that oopses, and only that", () => {
    const linux = testKernel();
    let after = false;
    const victim = start(linux, "victim", function* () {
      yield* linux.oops("Unable to handle kernel NULL pointer dereference", "drm_syncobj_put");
      after = true;
    });
    let other = false;
    runProgram(linux, function* () {
      yield* linux.time.msleep(1);
      other = true;
    });
    expect(victim.state).toBe("X");
    expect([after, other]).toEqual([false, true]);
    expect(lines(linux.m, ["printk"]).join()).toContain("pc : drm_syncobj_put");
  });

  it("stops a kernel thread and waits for its end", () => {
    const linux = testKernel();
    const { kthread } = linux;
    const log: string[] = [];
    runProgram(linux, function* () {
      const task = yield* kthread.run("worker", function* () {
        while (!kthread.shouldStop()) {
          linux.m.setState("S");
          if (!kthread.shouldStop()) yield* linux.m.sleep();
        }
        log.push("stopping");
      });
      yield* linux.time.msleep(1);
      yield* kthread.stop(task);
      log.push("stopped");
      expect(task.state).toBe("X");
    });
    expect(log).toEqual(["stopping", "stopped"]);
  });
});
