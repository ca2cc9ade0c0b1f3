import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Timer } from "../../../src/machine/time/timers.ts";
import { lines } from "../lines.ts";
import { runProgram, start, testKernel } from "../kernel.ts";

/** Grain of the level that a distance of `delta` jiffies goes to. */
function grain(delta: number): number {
  for (let level = 0; level < 8; level++) if (delta < 63 * 8 ** level) return 8 ** level;
  return 8 ** 8;
}

describe("timer wheel", () => {
  it.each([
    // expires, timeout and bucket of timer_start lines of the recordings, HZ 250.
    [1000082004, 13, 4294892559, 4294892560],
    [1000095845, 250, 4294892796, 4294892800],
    [1001097348, 3000, 4294895546, 4294895552],
    [1056061588, 13, 4294892573, 4294892574],
    [1056060820, 2, 4294892562, 4294892563],
    [1056188478, 75000, 4294967560, 4294971392],
    [1202325246, 25, 4294892621, 4294892622],
  ])("puts a timer in the bucket that was recorded: at %i, +%i", (at, timeout, expires, bucket) => {
    const linux = testKernel({ startNs: at });
    const { time } = linux;
    let expired = 0;
    const timer = time.timer("f", function* () {
      expired = time.jiffies;
    });
    runProgram(
      linux,
      function* () {
        expect(time.jiffies + timeout).toBe(expires);
        yield* timer.mod(expires);
      },
      1e12,
    );
    expect(expired).toBe(bucket);
  });

  it("never fires early, and late by at most the grain of the level", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 40000 }), fc.integer({ min: 0, max: 400 })), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.constantFrom(250, 1000),
        (timers, hz) => {
          const linux = testKernel({ hz, lockdep: false });
          const { time } = linux;
          let fired = 0;
          start(linux, "init", function* () {
            for (const [timeout, pauseMs] of timers) {
              const expires = time.jiffies + timeout;
              const timer = time.timer("f", function* () {
                fired++;
                expect(time.jiffies).toBeGreaterThan(expires);
                expect(time.jiffies - expires).toBeLessThanOrEqual(grain(timeout) + 1);
              });
              yield* timer.mod(expires);
              if (pauseMs > 0) yield* time.msleep(pauseMs);
            }
          });
          linux.m.run(1e9 + 1000e9);
          expect(fired).toBe(timers.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("agrees with a sorted list under random starts, restarts and deletions", () => {
    const ops = fc.array(
      fc.tuple(
        fc.constantFrom("mod", "mod", "delete", "sleep"),
        fc.nat(7),
        fc.integer({ min: 0, max: 3000 }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(ops, (program) => {
        const linux = testKernel({ lockdep: false });
        const { time } = linux;
        const due = new Map<number, number>();
        const timers: Timer[] = [];
        for (let i = 0; i < 8; i++) {
          timers.push(
            time.timer(`f${i}`, function* () {
              expect(due.has(i)).toBe(true);
              expect(time.jiffies).toBeGreaterThan(due.get(i)!);
              due.delete(i);
            }),
          );
        }
        start(linux, "init", function* () {
          for (const [op, i, arg] of program) {
            if (op === "sleep") yield* time.msleep(arg);
            else if (op === "delete") {
              expect(yield* timers[i].delete()).toBe(due.delete(i));
            } else {
              const expires = time.jiffies + arg;
              expect(yield* timers[i].mod(expires)).toBe(due.has(i));
              due.set(i, expires);
            }
          }
        });
        linux.m.run(1e9 + 2000e9);
        expect([...due]).toEqual([]);
        expect(timers.some((t) => t.pending)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("runs callbacks in the TIMER softirq after the tick's interrupt", () => {
    const linux = testKernel();
    const { m, time } = linux;
    const contexts: string[] = [];
    const plain = time.timer("plain", function* () {
      contexts.push(`plain ${m.ctx!.kind} ${m.cpu!.irqsOff}`);
    });
    const irqsafe = time.timer(
      "irqsafe",
      function* () {
        contexts.push(`irqsafe ${m.ctx!.kind} ${m.cpu!.irqsOff}`);
      },
      { irqsafe: true },
    );
    runProgram(linux, function* () {
      yield* plain.mod(time.jiffies + 1);
      yield* irqsafe.mod(time.jiffies + 1);
    });
    // The bucket is a stack.
    expect(contexts).toEqual(["irqsafe softirq 1", "plain softirq 0"]);
    const kinds = ["softirq_raise", "softirq_entry", "timer_cancel", "softirq_exit"] as const;
    expect(lines(m, kinds).map((l) => l.split(" ")[1])).toEqual([
      "softirq_raise",
      "softirq_entry",
      "timer_cancel",
      "timer_cancel",
      "softirq_exit",
    ]);
  });

  it("leaves the tick off while idle: no interrupt between two far timers", () => {
    const linux = testKernel();
    const { time } = linux;
    const timer = time.timer("f", function* () {});
    runProgram(
      linux,
      function* () {
        yield* timer.mod(time.jiffies + 2000);
      },
      20e9,
    );
    const interrupts = lines(linux.m, ["irq_handler_entry"], { times: true });
    expect(interrupts.length).toBeLessThan(8);
  });

  it("ticks a busy CPU and reschedules between equal tasks", () => {
    const linux = testKernel();
    const { m } = linux;
    const order: string[] = [];
    for (const name of ["a", "b"]) {
      start(linux, name, function* () {
        for (let i = 0; i < 20; i++) {
          yield* m.udelay(1000);
          if (order.at(-1) !== name) order.push(name);
        }
      });
    }
    m.run(1e9 + 1e9);
    expect(order.length).toBeGreaterThan(4);
  });

  it("waits in deleteSync for a callback that runs on another CPU", () => {
    const linux = testKernel({ cpus: 2, costs: { timer: 0 } as never });
    const { m, time } = linux;
    let ended = 0;
    const timer = time.timer("slow", function* () {
      yield* m.udelay(100);
      ended = m.now;
    });
    let deleted = 0;
    start(linux, "starter", function* () {
      yield* timer.mod(time.jiffies);
    });
    start(linux, "deleter", function* () {
      yield* m.udelay(1);
      while (timer.pending) yield* m.udelay(1);
      yield* m.udelay(10);
      yield* timer.deleteSync();
      deleted = m.now;
    });
    m.run(1.1e9);
    expect(ended).toBeGreaterThan(0);
    expect(deleted).toBeGreaterThanOrEqual(ended);
  });
});
