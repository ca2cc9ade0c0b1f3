// The run queue against a naive reference: the same wake-ups, blocks and ticks give the same picks,
// the same preemptions and the same virtual times.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Task } from "../../../src/machine/core/context.ts";
import { entityOf, weightOfPrio } from "../../../src/machine/sched/entity.ts";
import { EevdfRunQueue } from "../../../src/machine/sched/fair.ts";
import { NaiveRunQueue } from "./naive.ts";

interface Step {
  readonly op: "wake" | "block" | "run";
  readonly pid: number;
  readonly ns: number;
}

/** Drives both as the core scheduler does, and compares after every step. */
function compare(
  prios: readonly number[],
  steps: readonly Step[],
  options: { cpus: number; hz: number },
): { picks: number; switches: number; owing: number } {
  let reschedules = 0;
  const asleep = new Set<Task>();
  const rq = new EevdfRunQueue(
    {
      reschedCurr: () => void reschedules++,
      needsResched: () => false,
      blocked: (task) => void asleep.add(task),
    },
    options,
  );
  const tasks = prios.map((prio, i) => new Task("task", 0, `t${i}`, i, "normal", prio));
  const naive = new NaiveRunQueue(options);
  const copies = prios.map((prio, i) => naive.task(i, weightOfPrio(prio)));
  const started = new Set<number>();
  const awake = new Set<number>();
  let curr: Task | null = null;
  let switches = 0;
  let picks = 0;
  let owing = 0;

  const schedule = (): void => {
    const next = rq.pickNext();
    if (next !== curr) {
      if (curr !== null) rq.putPrev(curr);
      if (next !== null) rq.setNext(next, true);
      curr = next;
      switches++;
    }
    picks++;
    expect(naive.schedule()?.pid ?? null).toBe(curr?.pid ?? null);
  };

  for (const { op, pid, ns } of steps) {
    rq.clock += ns;
    naive.run(ns);
    rq.tick();
    if (op === "wake" && !awake.has(pid)) {
      awake.add(pid);
      const initial = !started.has(pid);
      started.add(pid);
      const task = tasks[pid];
      rq.enqueue(task, rq.isDelayed(task) ? { delayed: true } : { initial });
      if (curr !== null) rq.wakeupPreempt(task, initial);
      naive.wake(copies[pid], initial);
      if (curr === null) schedule();
    } else if (op === "block" && curr !== null) {
      const sleeper: Task = curr;
      awake.delete(sleeper.pid);
      if (!rq.dequeue(sleeper, { sleep: true })) owing++;
      naive.block();
      schedule();
    }
    expect(reschedules > 0).toBe(naive.reschedules > 0);
    if (reschedules > 0) schedule();
    reschedules = 0;
    naive.reschedules = 0;
    for (const [i, task] of tasks.entries()) {
      const [se, copy] = [entityOf(task), copies[i]];
      expect([i, se.onRq, se.delayed]).toEqual([i, copy.queued, copy.owing]);
      if (!se.onRq) continue;
      expect([i, se.vruntime, se.deadline]).toEqual([
        ...[i, Number(copy.vruntime), Number(copy.deadline)],
      ]);
    }
  }
  return { picks, switches, owing };
}

const prio = fc.oneof(
  { weight: 3, arbitrary: fc.constant(120) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 139 }) },
);
const time = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 50_000 }),
  fc.integer({ min: 0, max: 4_000_000 }),
  fc.constantFrom(700_000, 1_000_000, 4_000_000),
);
const step = fc.record({
  op: fc.constantFrom("wake" as const, "wake" as const, "block" as const, "run" as const),
  pid: fc.nat(4),
  ns: time,
});
const options = fc.record({ cpus: fc.constantFrom(1, 2, 8), hz: fc.constantFrom(250, 1000) });

describe("the run queue", () => {
  it("picks what a naive reading of the rules picks", () => {
    fc.assert(
      fc.property(
        fc.array(prio, { minLength: 5, maxLength: 5 }),
        fc.array(step, { maxLength: 120 }),
        options,
        (prios, steps, o) => void compare(prios, steps, o),
      ),
      { numRuns: 400 },
    );
  });

  it("does so over many steps that use every rule", () => {
    let seed = 12345;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * n);
    };
    const steps = Array.from({ length: 3000 }, (): Step => {
      const op = (["wake", "wake", "block", "run"] as const)[random(4)];
      return { op, pid: random(5), ns: random(3) === 0 ? random(2_000_000) : random(20_000) };
    });
    const { picks, switches, owing } = compare([120, 120, 110, 125, 139], steps, {
      cpus: 2,
      hz: 250,
    });
    expect(picks).toBeGreaterThan(1000);
    expect(switches).toBeGreaterThan(500);
    expect(owing).toBeGreaterThan(50);
  });
});
