import { describe, expect, it } from "vitest";
import { Mutex } from "../../../src/machine/lock/mutex.ts";
import { deadlockReport, hungTasks, leakedLocks } from "../../../src/machine/report/deadlock.ts";
import { Completion } from "../../../src/machine/wait/completion.ts";
import { lines } from "../lines.ts";
import { runProgram, start, testKernel } from "../kernel.ts";

describe("deadlock report", () => {
  it("shows the cycle of two tasks that hold each other's mutex", () => {
    const linux = testKernel();
    const { m } = linux;
    const a = new Mutex(m, "a");
    const b = new Mutex(m, "b");
    const tasks = [
      start(linux, "one", function* () {
        yield* a.lock();
        yield* linux.time.msleep(4);
        yield* b.lock();
      }),
      start(linux, "two", function* () {
        yield* b.lock();
        yield* linux.time.msleep(4);
        yield* a.lock();
      }),
    ];
    expect(m.run()).toBe("nothing-left");
    const report = deadlockReport(m, tasks)!;
    expect(report.cycle.map((t) => t.comm)).toEqual(["one", "two"]);
    expect(report.text).toContain("mutex b, held by two");
    expect(report.text).toContain("holds a");
    expect(lines(m, ["printk"]).join()).toContain("possible circular locking dependency");
  });

  it("shows what a lonely sleeper waits for, and nothing for ended programs", () => {
    const linux = testKernel();
    const never = new Completion(linux.m, "fw booted");
    const task = runProgram(linux, () => never.wait());
    const report = deadlockReport(linux.m, [task])!;
    expect(report.cycle).toEqual([]);
    expect(report.text).toContain("completion fw booted");
    const ended = runProgram(linux, function* () {});
    expect(deadlockReport(linux.m, [ended])).toBeNull();
  });

  it("reports hung tasks and locks of ended tasks", () => {
    const linux = testKernel();
    const mutex = new Mutex(linux.m, "leaked");
    runProgram(linux, () => mutex.lock());
    const waiter = start(linux, "waiter", () => mutex.lock());
    linux.m.run(linux.m.now + 130e9);
    expect(waiter.state).toBe("D");
    const hung = hungTasks(linux.m);
    expect(hung.some((l) => l.startsWith("INFO: task waiter:"))).toBe(true);
    expect(leakedLocks(linux.m)[0]).toContain("still has locks held: leaked");
  });
});
