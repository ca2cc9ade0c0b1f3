// Clock, clock event and hrtimers against numbers read off recordings of a real kernel
// (linux-7.3/01-probe), whose set-up `recordedClock` describes.

import { describe, expect, it } from "vitest";
import { zeroCosts } from "../../../src/machine/core/costs.ts";
import { Machine } from "../../../src/machine/core/machine.ts";
import type { Kernel } from "../../../src/machine/core/op.ts";
import { recordedClock } from "../../../src/machine/time/clock.ts";
import { Time } from "../../../src/machine/time/time.ts";
import { K } from "../../../src/timeline/kinds.ts";

function machine(startNs: number): { readonly m: Machine; readonly time: Time } {
  const m = new Machine({ cpus: 1, hz: 250, startNs, costs: { ...zeroCosts, clockRead: 256 } });
  return { m, time: new Time(m, { clock: recordedClock }) };
}

function task(m: Machine, comm: string, body: () => Kernel<void>): void {
  m.sched.wakeNew(m.createTask({ comm, body }));
}

/** Times of the clock event interrupts in the timeline. */
function interrupts(m: Machine): number[] {
  const times: number[] = [];
  for (let i = 0; i < m.rec.length; i++) {
    if (m.rec.kind(i) === K.irq_handler_entry) times.push(m.rec.time(i));
  }
  return times;
}

describe("the recordings' clock", () => {
  it.each([
    // A register write, its latency, and when the device answered.
    ["L2_PWRON", 1000085076, 5000, [1000090077, 1000090578]],
    ["MCU_CONTROL", 1000095845, 1000000, [1001095846, 1001096347]],
    ["irq_raise to irq_deliver", 1001096347, 1000, [1001097348]],
    ["global doorbell", 1001097348, 3000, [1001100349]],
    ["global doorbell, again", 1056000046, 3000, [1056003047, 1056003548]],
    ["MCU halt", 1056003548, 50000, [1056053549]],
    ["MCU disable", 1056060052, 5000, [1056065053]],
    ["cache flush", 1056065310, 10000, [1056075311, 1056075812]],
    ["L2_PWROFF", 1056087326, 5000, [1056092327, 1056092828]],
  ])("fires a device timer as recorded: %s", (_what, startNs, delayNs, expected) => {
    const { m, time } = machine(startNs);
    let firedAt = 0;
    task(m, "init", function* () {
      time.hrtimers
        .deviceTimer(() => {
          firedAt = m.now;
        })
        .start(delayNs);
      m.setState("D");
      yield* m.sleep();
    });
    m.run(startNs + delayNs + 2000);
    expect(interrupts(m)).toEqual(expected);
    expect(firedAt).toBe(expected.at(-1));
  });

  it("polls with two clock reads, an hrtimer sleep and the device's interrupt as wake-up", () => {
    // MCU_CONTROL=DISABLE at 1.056060052, MCU_STATUS polled every 10 us, answered 5 us later.
    const { m, time } = machine(1056060052);
    const reads: number[] = [];
    let status = 2;
    task(m, "kworker/u4:1", function* () {
      time.hrtimers
        .deviceTimer(() => {
          status = 0;
        })
        .start(5000);
      yield* time.pollTimeout(
        function* () {
          reads.push(m.now);
          return status;
        },
        (v) => v === 0,
        10,
        100000,
      );
    });
    m.run();
    expect(reads).toEqual([1056060564, 1056065310]);
  });

  it("sleeps to the hard expiry when no interrupt falls between soft and hard", () => {
    // L2 power off: PWRTRANS polled every 100 us; the device answers before the soft expiry.
    const { m, time } = machine(1056087326);
    const reads: number[] = [];
    let pwrtrans = 1;
    task(m, "kworker/u4:1", function* () {
      time.hrtimers
        .deviceTimer(() => {
          pwrtrans = 0;
        })
        .start(5000);
      yield* time.pollTimeout(
        function* () {
          reads.push(m.now);
          return pwrtrans;
        },
        (v) => v === 0,
        100,
        20000,
      );
    });
    m.run();
    expect(reads).toEqual([1056087838, 1056188478]);
    // The tick stops only after it has come once while idle.
    expect(interrupts(m)).toEqual([1056092327, 1056092828, 1056188221, 1060000062]);
  });

  it("keeps the tick at multiples of 1/HZ, one ns later each time", () => {
    const { m, time } = machine(1001101350);
    const timer = time.timer("never", function* () {});
    task(m, "init", function* () {
      // A timer in each next tick keeps the tick running.
      for (let i = 0; i < 7; i++) {
        yield* timer.mod(time.jiffies);
        yield* time.scheduleTimeout(0);
      }
    });
    m.run(1028000100);
    expect(interrupts(m).slice(0, 4)).toEqual([1004000039, 1008000040, 1012000041, 1016000042]);
  });

  it("sleeps a user task for 200 ms with its timer slack", () => {
    const { m, time } = machine(1001098372);
    let woken = 0;
    task(m, "init", function* () {
      yield* time.nanosleep(200e6);
      woken = m.now;
    });
    m.run();
    // 50 us of slack, and a ns of the clock event device for the tick and for the wake-up.
    expect(woken - 1001098372).toBe(200050000 + 2);
  });
});
