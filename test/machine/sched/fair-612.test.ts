// Where the fair class of 6.12 decides otherwise than that of 7.3.

import { describe, expect, it } from "vitest";
import { Task } from "../../../src/machine/core/context.ts";
import { entityOf } from "../../../src/machine/sched/entity.ts";
import { EevdfRunQueue } from "../../../src/machine/sched/fair.ts";
import { EevdfRunQueue612 } from "../../../src/machine/sched/fair-612.ts";

/** A run queue with a task that has run for `ran` ns alone, and another one. */
function bench(Queue: typeof EevdfRunQueue, ran: number) {
  const state = { now: 0, resched: 0 };
  const rq = new Queue(
    {
      now: () => state.now,
      reschedCurr: () => void state.resched++,
      blocked: () => {},
    },
    { cpus: 1, hz: 250 },
  );
  const task = (pid: number) => new Task("task", 0, `t${pid}`, pid, "normal", 120);
  const [running, other] = [task(1), task(2)];
  rq.enqueue(running, {});
  rq.setNext(rq.pickNext()!, true);
  state.now = ran;
  rq.tick();
  return { rq, state, running, other };
}

const both = [
  ["7.3", EevdfRunQueue],
  ["6.12", EevdfRunQueue612],
] as const;

describe("EEVDF of 6.12", () => {
  it.each(both)("%s: a new task preempts, or not", (release, Queue) => {
    // The slice is renewed, so that 6.12 protects the running task no longer.
    const { rq, state, other } = bench(Queue, 800_000);
    rq.enqueue(other, { initial: true });
    rq.wakeupPreempt(other, true);
    expect(state.resched).toBe(release === "6.12" ? 1 : 0);
  });

  it.each(both)("%s: the slice", (release, Queue) => {
    const { rq, state, other } = bench(Queue, 0);
    rq.enqueue(other, {});
    state.now = 700_000;
    rq.tick();
    expect(state.resched).toBe(release === "6.12" ? 0 : 1);
    state.now = 750_000;
    rq.tick();
    expect(state.resched).toBeGreaterThan(0);
  });

  it("forgets the lag that a delayed task has gained, and keeps one that it owes", () => {
    for (const [now, vlag] of [
      [40_000, 0],
      [10_000, -5_000],
    ]) {
      const { rq, state, running, other } = bench(EevdfRunQueue612, 0);
      rq.enqueue(other, {});
      state.now = 10_000;
      // It has had 10 us, the other one nothing: its dequeue is delayed.
      expect(rq.dequeue(running, { sleep: true })).toBe(false);
      rq.putPrev(running);
      rq.setNext(rq.pickNext()!, true);
      state.now = now;
      rq.enqueue(running, { delayed: true });
      expect(rq.isDelayed(running)).toBe(false);
      expect(entityOf(running).vlag).toBe(vlag);
    }
  });
});
