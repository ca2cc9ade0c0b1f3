import { describe, expect, it } from "vitest";
import { Eventfd } from "../../../src/machine/eventfd.ts";
import { Completion } from "../../../src/machine/wait/completion.ts";
import { sendSignal } from "../../../src/machine/wait/schedule.ts";
import { WaitQueue } from "../../../src/machine/wait/wait-queue.ts";
import { runProgram, start, testKernel } from "../kernel.ts";

describe("completion", () => {
  it("lets as many waiters pass as it was completed, in the order they came", () => {
    const linux = testKernel();
    const { m } = linux;
    const completion = new Completion(m, "done");
    const log: string[] = [];
    for (const name of ["a", "b", "c"]) {
      start(linux, name, function* () {
        yield* completion.wait();
        log.push(name);
      });
    }
    runProgram(linux, function* () {
      yield* linux.time.msleep(1);
      yield* completion.complete();
      yield* completion.complete();
    });
    expect(log).toEqual(["a", "b"]);
    expect(completion.isDone).toBe(false);
    runProgram(linux, () => completion.completeAll());
    expect(log).toEqual(["a", "b", "c"]);
    expect(completion.isDone).toBe(true);
    completion.reinit();
    expect(completion.tryWait()).toBe(false);
  });

  it("returns the jiffies left, at least 1, or 0 on timeout", () => {
    const linux = testKernel();
    const completion = new Completion(linux.m, "done");
    const results: number[] = [];
    start(linux, "waiter", function* () {
      results.push(yield* completion.waitTimeout(5));
      results.push(yield* completion.waitTimeout(250));
      results.push(yield* completion.waitTimeout(0));
    });
    runProgram(linux, function* () {
      yield* linux.time.msleep(100);
      yield* completion.complete();
    });
    expect(results[0]).toBe(0);
    expect(results[1]).toBeGreaterThan(200);
    expect(results[1]).toBeLessThan(250);
    expect(results[2]).toBe(0);
  });
});

describe("wait queue", () => {
  it("does not lose a wake-up between the test of the condition and the sleep", () => {
    const linux = testKernel();
    const { m } = linux;
    const queue = new WaitQueue(m, "queue");
    let condition = false;
    let tests = 0;
    runProgram(linux, function* () {
      yield* queue.waitEvent(() => {
        // The condition becomes true right after the second test has failed.
        if (++tests === 2) {
          m.schedule(m.now, () => {});
          const { current } = m;
          condition = true;
          m.sched.wake(current!);
          return false;
        }
        return condition;
      });
    });
    expect(tests).toBe(3);
  });

  it("wakes the waiter that came last first, as wait_event queues at the head", () => {
    const linux = testKernel();
    const queue = new WaitQueue(linux.m, "queue");
    const log: string[] = [];
    let open = false;
    for (const name of ["a", "b", "c"]) {
      start(linux, name, function* () {
        yield* queue.waitEvent(() => open);
        log.push(name);
      });
    }
    linux.m.run(linux.m.now + 1000);
    const waking: string[] = [];
    const { wake } = linux.m.sched;
    linux.m.sched.wake = (task) => {
      waking.push(task.comm);
      return wake.call(linux.m.sched, task);
    };
    runProgram(linux, function* () {
      open = true;
      yield* queue.wakeUpAll();
    });
    expect(waking).toEqual(["c", "b", "a"]);
    expect(log.slice().sort()).toEqual(["a", "b", "c"]);
  });

  it("ends an interruptible wait with -ERESTARTSYS and a timed one with 0", () => {
    const linux = testKernel();
    const queue = new WaitQueue(linux.m, "queue");
    const results: number[] = [];
    const waiter = start(linux, "waiter", function* () {
      results.push(yield* queue.waitEventTimeout(() => false, 3));
      results.push(yield* queue.waitEventInterruptible(() => false));
    });
    runProgram(linux, function* () {
      yield* linux.time.msleep(100);
      yield* sendSignal(linux.m, waiter);
    });
    expect(results).toEqual([0, -512]);
    expect(queue.active).toBe(false);
  });

  it("returns 1 when the condition comes true at the timeout", () => {
    const linux = testKernel();
    const queue = new WaitQueue(linux.m, "queue");
    let ret = -1;
    const end = linux.m.now + 12e6;
    runProgram(linux, function* () {
      ret = yield* queue.waitEventTimeout(() => linux.m.now >= end, 3);
    });
    expect(ret).toBe(1);
  });
});

describe("eventfd", () => {
  it("sums signals, wakes a reader and is empty after the read", () => {
    const linux = testKernel();
    const fd = new Eventfd(linux.m, "efd");
    const values: bigint[] = [];
    start(linux, "reader", function* () {
      values.push(yield* fd.read());
    });
    runProgram(linux, function* () {
      yield* linux.time.msleep(1);
      linux.m.preemptDisable();
      yield* fd.signal();
      yield* fd.signal();
      yield* linux.m.preemptEnable();
    });
    expect(values).toEqual([2n]);
    expect(fd.tryRead()).toBe(-11n);
    expect(fd.readable).toBe(false);
  });
});
