// (a) Operations of the machine per second, against a bare loop of generators and a heap.
// The bare loop is the least that any such machine must do: two contexts, each a nested generator
// that yields a delay, and a heap that says whose turn it is.

import { EventQueue } from "../src/machine/core/event-queue.ts";
import { Machine } from "../src/machine/core/machine.ts";
import type { Kernel } from "../src/machine/core/op.ts";
import { ratePerSecond, type BenchResult } from "./support.ts";

const operations = 400_000;

function* bareInner(delay: number): Generator<number, void, void> {
  yield delay;
}

function* bareContext(count: number, delay: number): Generator<number, void, void> {
  for (let i = 0; i < count; i++) yield* bareInner(delay);
}

/** Two contexts of nested generators and a heap: nothing else. */
function bare(): void {
  const queue = new EventQueue();
  let now = 0;
  const start = (context: Generator<number, void, void>): void => {
    const step = (): void => {
      const r = context.next();
      if (r.done !== true) queue.push(now + r.value, -1, step);
    };
    queue.push(0, -1, step);
  };
  start(bareContext(operations / 2, 100));
  start(bareContext(operations / 2, 130));
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) {
    now = event.time;
    event.fn!();
  }
}

/** The same work as tasks on two CPUs: every operation interleaves with the other CPU's. */
function interleaved(): void {
  const m = new Machine({ cpus: 2, hz: 250 });
  const task = (delay: number): void => {
    const t = m.createTask({
      comm: "bench",
      *body(): Kernel<void> {
        for (let i = 0; i < operations / 2; i++) yield* m.spend(delay);
      },
    });
    m.sched.wakeNew(t);
  };
  task(100);
  task(130);
  m.run();
}

/** The same on one CPU, where the machine runs ahead: what most of a replay is. */
function runAhead(): void {
  const m = new Machine({ cpus: 1, hz: 250 });
  const t = m.createTask({
    comm: "bench",
    *body(): Kernel<void> {
      for (let i = 0; i < operations; i++) yield* m.spend(100);
    },
  });
  m.sched.wakeNew(t);
  m.run();
}

export function benchMachine(): BenchResult[] {
  const base = ratePerSecond(bare, operations);
  const two = ratePerSecond(interleaved, operations);
  const one = ratePerSecond(runAhead, operations);
  return [
    { name: "machine/interleaved", value: two, unit: "ops/s", ratio: two / base, goal: ">= 0.5" },
    { name: "machine/run-ahead", value: one, unit: "ops/s", ratio: one / base, goal: ">= 0.5" },
    { name: "machine/bare-loop", value: base, unit: "ops/s", ratio: 1, goal: "reference" },
  ];
}
