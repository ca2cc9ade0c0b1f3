import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { done } from "../../src/machine/core/op.ts";
import { kernel612 } from "../../src/machine/kernel-version.ts";
import type { Linux } from "../../src/machine/linux.ts";
import { CallbackList, type RcuCallback } from "../../src/machine/rcu/callback-list.ts";
import { seqEnd, seqSnap, seqStart } from "../../src/machine/rcu/gp-seq.ts";
import { runProgram, start, testKernel } from "./kernel.ts";
import { lines } from "./lines.ts";

/** What the thread of grace periods did, and who woke it, with the millisecond. */
const threadLines = ({ m }: Linux): string[] =>
  lines(m, ["sched_waking", "timer_start", "timer_cancel"], { times: true })
    .filter((l) => l.includes("rcu_preempt"))
    .map((l) => l.replace(/^(\d+) (\S+) (\w+) .*/, (_, t, who, what) => `${ms(t)} ${who} ${what}`));

const ms = (ns: number | string): number => Math.floor(Number(ns) / 1e6);

describe("callbacks of RCU", () => {
  it("run in order, none before a grace period that began after it", () => {
    const step = fc.constantFrom("call", "assign", "begin", "end");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new CallbackList();
        let seq = 0;
        let begun = 0;
        const begunAt: number[] = [];
        const order: RcuCallback[] = [];
        const ran: RcuCallback[] = [];
        for (const s of steps) {
          if (s === "call") {
            const fn: RcuCallback = () => done();
            order.push(fn);
            begunAt.push(begun);
            list.enqueue(fn);
          } else if (s === "assign") list.accelerate(seqSnap(seq));
          else if (s === "begin" && seq % 4 === 0) {
            seq = seqStart(seq);
            begun++;
          } else if (s === "end" && seq % 4 !== 0) {
            seq = seqEnd(seq);
            list.advance(seq);
            for (const fn of list.takeDone()) {
              // One that was under way when it came does not count.
              expect(begun).toBeGreaterThan(begunAt[ran.length]);
              ran.push(fn);
            }
          }
        }
        expect(ran).toEqual(order.slice(0, ran.length));
        expect(list.empty).toBe(ran.length === order.length);
      }),
    );
  });
});

describe("grace periods", () => {
  it("of 6.12 end at the tick behind the one at which they began", () => {
    // As in the recording 15-mixed-processes at 1.240000058 and 1.244000044.
    const linux = testKernel({ version: kernel612 });
    let ran = 0;
    runProgram(linux, function* () {
      linux.rcu.callRcu(function* () {
        ran = linux.m.now;
      });
      yield* linux.time.nanosleep(100e6);
    });
    expect(threadLines(linux)).toEqual([
      "1004 <idle>: sched_waking",
      "1004 rcu_preempt: timer_start",
      "1008 <idle>: sched_waking",
      "1008 rcu_preempt: timer_cancel",
    ]);
    expect(ms(ran)).toBe(1012);
  });

  it("of 6.12 end what waits in synchronize_rcu() from a callback", () => {
    const linux = testKernel({ version: kernel612 });
    let ended = 0;
    runProgram(linux, function* () {
      yield* linux.rcu.synchronizeRcu();
      ended = linux.m.now;
    });
    expect(ms(ended)).toBe(1012);
    const wakes = lines(linux.m, ["sched_waking"]).filter((l) => l.includes("comm=init"));
    expect(wakes).toEqual([expect.stringMatching(/^<idle>: /)]);
  });

  it("of 6.12 are reported from ksoftirqd where callbacks are left to it", () => {
    // As in the recording 15-mixed-processes at 1.248000217.
    const linux = testKernel({ version: kernel612 });
    runProgram(linux, function* () {
      for (let i = 0; i < 20; i++) linux.rcu.freeRcu();
      // One that the tick at which the others run asks a grace period for.
      yield* linux.time.nanosleep(10e6);
      linux.rcu.freeRcu();
      yield* linux.time.nanosleep(40e6);
    });
    expect(threadLines(linux).slice(4)).toEqual([
      "1012 <idle>: sched_waking",
      "1012 rcu_preempt: timer_start",
      "1012 ksoftirqd/0: sched_waking",
      "1012 rcu_preempt: timer_cancel",
    ]);
  });

  it("wait for another CPU until its tick, and pass one that idles", () => {
    const cases = [false, true].map((busy) => {
      const linux = testKernel({ cpus: 2 });
      const { m, rcu } = linux;
      let ended = 0;
      start(linux, "updater", function* () {
        yield* linux.time.msleep(8);
        yield* rcu.synchronizeRcu();
        ended = m.now;
      });
      // In the kernel with preemption off: no quiescent state until it ends.
      if (busy) {
        start(linux, "busy", function* () {
          m.preemptDisable();
          yield* m.udelay(60_000);
          yield* m.preemptEnable();
        });
      }
      m.run(2e9);
      return ms(ended);
    });
    expect(cases[0]).toBeLessThan(1030);
    expect(cases[1]).toBeGreaterThanOrEqual(1060);
  });

  it("are not held up by ticks in a reader section that is not there any more", () => {
    const linux = testKernel({ version: kernel612 });
    const { m, rcu } = linux;
    const log: string[] = [];
    const urgent = m.createTask({
      comm: "urgent",
      policy: "fifo",
      *body() {
        yield* rcu.synchronizeRcu();
        log.push("synchronized");
      },
    });
    runProgram(linux, function* () {
      rcu.readLock();
      m.sched.wakeNew(urgent);
      yield* m.preemptPoint();
      yield* m.udelay(20_000);
      log.push("unlock");
      yield* rcu.readUnlock();
      yield* linux.time.msleep(40);
    });
    expect(log).toEqual(["unlock", "synchronized"]);
  });
});
