import { describe, expect, it } from "vitest";
import { zeroCosts } from "../../../src/machine/core/costs.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import { done, type Kernel } from "../../../src/machine/core/op.ts";
import { recordedClock } from "../../../src/machine/time/clock.ts";
import type { PollResult } from "../../../src/machine/time/poll.ts";
import { Time } from "../../../src/machine/time/time.ts";

function run(startNs: number, body: (m: Machine, time: Time) => Kernel<void>): Machine {
  const costs = { ...zeroCosts, clockRead: 256 };
  const m = new Machine({ cpus: 1, hz: 250, startNs, costs });
  const time = new Time(m, { clock: recordedClock });
  m.sched.wakeNew(m.createTask({ comm: "init", body: () => body(m, time) }));
  m.run(startNs + 1e9);
  return m;
}

describe("polling", () => {
  it("busy-waits 1 ns a turn and sees the change when the interrupt has run", () => {
    // 02-single-job: a status update asked for at 1.202306742 is answered at 1.202315245.
    let ended = 0;
    let ops = 0;
    let ack = 0;
    run(1202306742, function* (m, time) {
      m.schedule(1202309743, () => {});
      m.schedule(1202315245, () => {
        ack = 1;
      });
      const { ret } = yield* time.pollTimeoutAtomic(
        () => {
          ops++;
          return done(ack);
        },
        (v) => v === 1,
        0,
        10,
      );
      expect(ret).toBe(0);
      ended = m.now;
    });
    expect(ended).toBe(1202315245);
    expect(ops).toBeLessThan(20);
  });

  it("times out after the same time whether turns are repeated or skipped", () => {
    const ends: number[] = [];
    for (const traced of [false, true]) {
      run(1202306742, function* (m, time) {
        const { ret } = yield* time.pollTimeoutAtomic(
          () => {
            if (traced) m.rec.log("info", "read");
            return done(0);
          },
          (v) => v === 1,
          0,
          10,
        );
        expect(ret).toBe(-110);
        ends.push(m.now);
      });
    }
    // leftNs counts 10000 turns down to -1; one more evaluation then.
    expect(ends).toEqual([1202306742 + 10001, 1202306742 + 10001]);
  });

  it("reads with udelay between, one cpu_relax each", () => {
    const at: number[] = [];
    const results: PollResult<number>[] = [];
    run(1000085844, function* (m, time) {
      const result = yield* time.pollTimeoutAtomic(
        () => {
          at.push(m.now);
          return done(at.length);
        },
        (v) => v === 3,
        10,
        100000,
      );
      results.push(result);
    });
    expect(at).toEqual([1000085844, 1000095845, 1000105846]);
    expect(results).toEqual([{ ret: 0, value: 3 }]);
  });

  it("evaluates once more after the time is up", () => {
    let ops = 0;
    run(1000000000, function* (_m, time) {
      const { ret } = yield* time.pollTimeout(
        () => done(++ops),
        () => false,
        100,
        250,
      );
      expect(ret).toBe(-110);
    });
    // At 0, 26..100 us, ..., and the one that finds the time over.
    expect(ops).toBeGreaterThanOrEqual(4);
  });

  it("of 6.12 looks once more when the time of a busy wait is over", () => {
    const reads = (pollReadsFirst: boolean): number => {
      const m = new Machine({ cpus: 1, hz: 250, startNs: 1e9, costs: zeroCosts });
      const time = new Time(m, { clock: recordedClock, pollReadsFirst });
      const at: number[] = [];
      const task = m.createTask({
        comm: "poll",
        *body() {
          const { ret } = yield* time.pollTimeoutAtomic(
            () => {
              at.push(m.now);
              return done(at.length);
            },
            () => false,
            10,
            100,
          );
          expect(ret).toBe(-110);
        },
      });
      m.sched.wakeNew(task);
      m.run(2_000_000_000);
      return at.filter((t) => t === at[at.length - 1]).length;
    };
    expect([reads(false), reads(true)]).toEqual([1, 2]);
  });

  it("of 6.12 reads the clock behind an operation: none when the first one is enough", () => {
    const clockReads = (pollReadsFirst: boolean): number => {
      const m = new Machine({
        cpus: 1,
        hz: 250,
        startNs: 1e9,
        costs: { ...zeroCosts, clockRead: 256 },
      });
      const time = new Time(m, { clock: recordedClock, pollReadsFirst });
      let took = 0;
      const task = m.createTask({
        comm: "poll",
        *body() {
          const from = m.now;
          yield* time.pollTimeout(
            () => done(1),
            () => true,
            100,
            250,
          );
          took = m.now - from;
        },
      });
      m.sched.wakeNew(task);
      m.run(2_000_000_000);
      return took / 256;
    };
    expect([clockReads(false), clockReads(true)]).toEqual([2, 1]);
  });
});
