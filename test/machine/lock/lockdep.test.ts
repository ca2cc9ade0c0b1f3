import { describe, expect, it } from "vitest";
import { Mutex } from "../../../src/machine/lock/mutex.ts";
import { SpinLock } from "../../../src/machine/lock/spinlock.ts";
import type { Linux } from "../../../src/machine/linux.ts";
import { lines } from "../lines.ts";
import { runProgram, testKernel } from "../kernel.ts";

/** The warnings' first lines. */
function warnings(linux: Linux): string[] {
  return lines(linux.m, ["printk"])
    .filter((l) => /WARNING|BUG/.test(l))
    .map((l) => l.replace(/.*text=/, ""));
}

describe("lock validator", () => {
  it("finds the two orders of two locks without a deadlock happening, once", () => {
    const linux = testKernel();
    const a = new Mutex(linux.m, "a");
    const b = new Mutex(linux.m, "b");
    runProgram(linux, function* () {
      for (let i = 0; i < 2; i++) {
        yield* a.lock();
        yield* b.lock();
        yield* b.unlock();
        yield* a.unlock();
        yield* b.lock();
        yield* a.lock();
        yield* a.unlock();
        yield* b.unlock();
      }
    });
    expect(warnings(linux)).toEqual(["WARNING: possible circular locking dependency detected"]);
  });

  it("follows chains of several locks, and classes instead of instances", () => {
    const linux = testKernel();
    const { m } = linux;
    const a = new Mutex(m, "a");
    const b1 = new Mutex(m, "b1", { class: "b" });
    const b2 = new Mutex(m, "b2", { class: "b" });
    const c = new Mutex(m, "c");
    runProgram(linux, function* () {
      for (const [x, y] of [
        [a, b1],
        [b2, c],
        [c, a],
      ]) {
        yield* x.lock();
        yield* y.lock();
        yield* y.unlock();
        yield* x.unlock();
      }
    });
    const log = lines(m, ["printk"]).join("\n");
    expect(log).toContain("possible circular locking dependency");
    expect(log).toContain("a --> b --> c");
  });

  it("is silent about consistent orders, nesting levels and trylocks", () => {
    const linux = testKernel();
    const { m } = linux;
    const a1 = new Mutex(m, "a1", { class: "a" });
    const a2 = new Mutex(m, "a2", { class: "a" });
    const b = new Mutex(m, "b");
    runProgram(linux, function* () {
      yield* a1.lock();
      yield* a2.lock(1);
      yield* a2.unlock();
      yield* b.lock();
      yield* b.unlock();
      yield* a1.unlock();
      yield* b.lock();
      expect(yield* a1.trylock()).toBe(true);
      yield* a1.unlock();
      yield* b.unlock();
    });
    expect(warnings(linux)).toEqual([]);
  });

  it("finds a lock that an interrupt takes and a task takes with interrupts on", () => {
    const linux = testKernel();
    const { m } = linux;
    const lock = new SpinLock(m, "lock");
    m.schedule(1e9 + 1000, () =>
      m.interrupt(m.cpus[0], {
        name: "x",
        cause: -1,
        *start() {
          yield* lock.lock();
          yield* lock.unlock();
        },
      }),
    );
    runProgram(linux, function* () {
      yield* m.udelay(5);
      yield* lock.lock();
      yield* lock.unlock();
    });
    expect(warnings(linux)).toEqual(["WARNING: inconsistent lock state"]);
  });

  it("finds an irq-safe lock that leads to one taken with interrupts on", () => {
    const linux = testKernel();
    const { m } = linux;
    const safe = new SpinLock(m, "safe");
    const unsafe = new SpinLock(m, "unsafe");
    m.schedule(1e9 + 1000, () =>
      m.interrupt(m.cpus[0], {
        name: "x",
        cause: -1,
        *start() {
          yield* safe.lock();
          yield* safe.unlock();
        },
      }),
    );
    runProgram(linux, function* () {
      yield* m.udelay(5);
      yield* unsafe.lock();
      yield* unsafe.unlock();
      yield* safe.lockIrqsave();
      yield* unsafe.lock();
      yield* unsafe.unlock();
      yield* safe.unlockIrqrestore();
    });
    expect(warnings(linux)).toEqual([
      "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected",
    ]);
  });

  it("reports sleeping in atomic context with the caller and the locks held", () => {
    const linux = testKernel();
    const { m } = linux;
    const lock = new SpinLock(m, "group.lock");
    const mutex = new Mutex(m, "mutex");
    runProgram(linux, function* () {
      yield* lock.lock();
      yield* mutex.lock();
      yield* mutex.unlock();
      yield* lock.unlock();
    });
    const log = lines(m, ["printk"]).join("\n");
    expect(log).toContain(
      "BUG: sleeping function called from invalid context at mutex_lock(mutex)",
    );
    expect(log).toContain("in_atomic(): 1, irqs_disabled(): 0");
    expect(log).toContain("locks held: group.lock");
  });

  it("reports a spinlock inside a raw spinlock", () => {
    const linux = testKernel();
    const raw = new SpinLock(linux.m, "raw", { raw: true });
    const spin = new SpinLock(linux.m, "spin");
    runProgram(linux, function* () {
      yield* raw.lock();
      yield* spin.lock();
      yield* spin.unlock();
      yield* raw.unlock();
    });
    expect(warnings(linux)).toEqual(["[ BUG: Invalid wait context ]"]);
  });

  it("finds a wait for a fence under a lock that the signalling side takes", () => {
    const linux = testKernel();
    const { m } = linux;
    const lockdep = linux.lockdep!;
    const lock = new Mutex(m, "sched.lock");
    runProgram(linux, function* () {
      const cookie = lockdep.beginSignalling();
      expect(lockdep.beginSignalling()).toBe(true);
      yield* lock.lock();
      yield* lock.unlock();
      lockdep.endSignalling(cookie);
      yield* lock.lock();
      lockdep.mightWait();
      yield* lock.unlock();
    });
    expect(warnings(linux)).toEqual(["WARNING: possible circular locking dependency detected"]);
  });

  it("finds a blocking allocation in a signalling section", () => {
    const linux = testKernel();
    const lockdep = linux.lockdep!;
    runProgram(linux, function* () {
      const cookie = lockdep.beginSignalling();
      lockdep.mightAlloc();
      lockdep.endSignalling(cookie);
      yield* linux.m.udelay(1);
    });
    expect(warnings(linux)).toEqual(["WARNING: possible circular locking dependency detected"]);
  });

  it("writes lock entries to the timeline only when asked", () => {
    for (const trace of [false, true]) {
      const linux = testKernel({ lockdep: { trace } });
      const lock = new SpinLock(linux.m, "lock");
      runProgram(linux, function* () {
        yield* lock.lock();
        yield* lock.unlock();
      });
      const got = lines(linux.m, ["lock_acquire", "lock_release"]);
      expect(got).toEqual(
        trace ? ["init: lock_acquire name=lock", "init: lock_release name=lock"] : [],
      );
    }
  });
});
