import { describe, expect, it } from "vitest";
import { Mutex } from "../../../src/machine/lock/mutex.ts";
import { RwSemaphore } from "../../../src/machine/lock/rwsem.ts";
import { SpinLock } from "../../../src/machine/lock/spinlock.ts";
import { lines } from "../lines.ts";
import { runProgram, start, testKernel } from "../kernel.ts";

describe("spinlock", () => {
  it("spins on another CPU and is handed over first come, first served", () => {
    const linux = testKernel({ cpus: 3 });
    const { m } = linux;
    const lock = new SpinLock(m, "lock");
    const log: string[] = [];
    const taker = (name: string, delayUs: number, holdUs: number): void => {
      start(linux, name, function* () {
        yield* m.udelay(delayUs);
        yield* lock.lock();
        log.push(`${name} ${(m.now - 1e9) / 1000}`);
        yield* m.udelay(holdUs);
        yield* lock.unlock();
      });
    };
    taker("a", 0, 100);
    taker("b", 20, 10);
    taker("c", 10, 10);
    m.run(1e9 + 1e6);
    expect(log).toEqual(["a 0", "c 100", "b 110"]);
    expect(lock.held).toBe(false);
  });

  it("takes a pending interrupt at unlock, before the preemption", () => {
    const linux = testKernel();
    const { m } = linux;
    const lock = new SpinLock(m, "lock");
    const log: string[] = [];
    const fifo = m.createTask({
      comm: "irq/1-x",
      policy: "fifo",
      *body() {
        log.push("thread");
      },
    });
    m.schedule(1e9 + 5000, () =>
      m.interrupt(m.cpus[0], {
        name: "x",
        cause: -1,
        *start() {
          log.push("hardirq");
        },
      }),
    );
    runProgram(linux, function* () {
      yield* lock.lockIrqsave();
      m.sched.wakeNew(fifo);
      yield* m.udelay(10);
      log.push("unlock");
      yield* lock.unlockIrqrestore();
      log.push("after");
    });
    expect(log).toEqual(["unlock", "hardirq", "thread", "after"]);
  });

  it("reports recursion on one CPU", () => {
    const linux = testKernel();
    const lock = new SpinLock(linux.m, "lock");
    runProgram(linux, function* () {
      yield* lock.lock();
      yield* lock.lock();
    });
    const log = lines(linux.m, ["printk"]).join("\n");
    expect(log).toContain("WARNING: possible recursive locking detected");
    expect(log).toContain("BUG: spinlock recursion on CPU#0");
  });
});

describe("mutex", () => {
  it("wakes the first waiter at unlock, which takes it even if the owner comes back first", () => {
    const linux = testKernel();
    const { m } = linux;
    const mutex = new Mutex(m, "mutex");
    const log: string[] = [];
    start(linux, "owner", function* () {
      yield* mutex.lock();
      yield* linux.time.msleep(40);
      log.push("unlock");
      yield* mutex.unlock();
      yield* mutex.lock();
      log.push("owner again");
      yield* mutex.unlock();
    });
    for (const [i, name] of ["first", "second"].entries()) {
      start(linux, name, function* () {
        yield* linux.time.msleep(1 + 8 * i);
        yield* mutex.lock();
        log.push(name);
        yield* mutex.unlock();
      });
    }
    m.run(1.1e9);
    expect(log.slice().sort()).toEqual(["first", "owner again", "second", "unlock"]);
    expect(log.indexOf("first")).toBeLessThan(log.indexOf("second"));
    expect(mutex.isLocked).toBe(false);
  });

  it("hands the mutex over to a waiter that lost it once", () => {
    const linux = testKernel();
    const { m } = linux;
    const mutex = new Mutex(m, "mutex");
    const log: string[] = [];
    // A SCHED_FIFO thief takes the mutex again and again before the waiter gets to run.
    const thief = m.createTask({
      comm: "thief",
      policy: "fifo",
      *body() {
        for (let i = 0; i < 4; i++) {
          yield* mutex.lock();
          log.push(`thief ${i}`);
          yield* linux.time.usleepRange(100, 100);
          yield* mutex.unlock();
        }
      },
    });
    m.sched.wakeNew(thief);
    start(linux, "waiter", function* () {
      yield* mutex.lock();
      log.push("waiter");
      yield* mutex.unlock();
    });
    m.run(1.1e9);
    // It is woken by the first unlock, loses, asks for a handoff and gets the second unlock.
    expect(log).toEqual(["thief 0", "thief 1", "waiter", "thief 2", "thief 3"]);
  });

  it("spins on an owner that runs on another CPU, sleeps on one that sleeps", () => {
    const linux = testKernel({ cpus: 2 });
    const { m } = linux;
    const mutex = new Mutex(m, "mutex");
    let taken = 0;
    start(linux, "owner", function* () {
      yield* mutex.lock();
      yield* m.udelay(50);
      yield* mutex.unlock();
    });
    start(linux, "spinner", function* () {
      yield* m.udelay(10);
      yield* mutex.lock();
      taken = m.now - 1e9;
      yield* mutex.unlock();
    });
    m.run(1.1e9);
    expect(taken).toBeGreaterThanOrEqual(50000);
    expect(taken).toBeLessThan(50200);
    const slept = lines(m, ["sched_switch"]).filter(
      (l) => l.includes("prev_comm=spinner") && l.includes("prev_state=D"),
    );
    expect(slept).toEqual([]);
  });

  it("ends an interruptible wait with a signal", () => {
    const linux = testKernel();
    const { m } = linux;
    const mutex = new Mutex(m, "mutex");
    let ret = 0;
    start(linux, "owner", function* () {
      yield* mutex.lock();
      yield* linux.time.msleep(100);
      yield* mutex.unlock();
    });
    const waiter = start(linux, "waiter", function* () {
      ret = yield* mutex.lockInterruptible();
    });
    m.run(1.01e9);
    waiter.signalPending = true;
    m.sched.wake(waiter);
    m.run(1.02e9);
    expect(ret).toBe(-4);
    expect(waiter.state).toBe("X");
  });

  it("refuses an unlock by another task", () => {
    const linux = testKernel();
    const mutex = new Mutex(linux.m, "mutex");
    start(linux, "owner", function* () {
      yield* mutex.lock();
    });
    expect(() => runProgram(linux, () => mutex.unlock())).toThrow(/does not hold/);
  });
});

describe("rw semaphore", () => {
  it("lets readers share, lets a writer wait for them and queues readers behind it", () => {
    const linux = testKernel();
    const { m } = linux;
    const sem = new RwSemaphore(m, "sem");
    const log: string[] = [];
    const at = (): number => Math.round((m.now - 1e9) / 1e6);
    const reader = (name: string, delayMs: number): void => {
      start(linux, name, function* () {
        if (delayMs > 0) yield* linux.time.msleep(delayMs);
        yield* sem.downRead();
        log.push(`${name} in ${at()}`);
        yield* linux.time.msleep(20);
        yield* sem.upRead();
      });
    };
    reader("r1", 0);
    reader("r2", 0);
    start(linux, "w", function* () {
      yield* linux.time.msleep(4);
      yield* sem.downWrite();
      log.push(`w in ${at()}`);
      yield* linux.time.msleep(4);
      yield* sem.upWrite();
    });
    reader("r3", 10);
    reader("r4", 15);
    m.run(1.5e9);
    expect(log.map((l) => l.split(" ")[0])).toEqual(["r1", "r2", "w", "r3", "r4"]);
    const [r3, r4] = log.slice(3).map((l) => l.split(" ")[2]);
    expect(r3).toBe(r4);
    expect(sem.isLocked).toBe(false);
  });
});
