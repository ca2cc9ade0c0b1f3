// The order of what is due at one instant: first in, first out, or drawn from a seed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Machine } from "../../src/machine/core/machine.ts";
import type { Kernel } from "../../src/machine/core/op.ts";
import { orderOf } from "../../src/machine/core/same-instant.ts";

/** Who runs when `n` events are due at one time, and `n` more 1 ns later. */
function eventOrder(seed: number, n: number): number[] {
  const m = new Machine({ cpus: 1, hz: 250, seed });
  const ran: number[] = [];
  for (let i = 0; i < 2 * n; i++) m.schedule(i < n ? 5 : 6, () => void ran.push(i));
  m.run();
  return ran;
}

/** Which CPU's task comes first after all were woken at once. */
function cpuOrder(seed: number): number[] {
  const m = new Machine({ cpus: 4, hz: 250, seed });
  const ran: number[] = [];
  for (let i = 0; i < 4; i++) {
    const task = m.createTask({
      comm: `t${i}`,
      *body(): Kernel<void> {
        ran.push(i);
        yield* m.spend(0);
      },
    });
    task.affinity = 1 << i;
    m.sched.wakeNew(task, m.cpus[i]);
  }
  m.run();
  return ran;
}

describe("the order at one instant", () => {
  it("is first in, first out without a seed", () => {
    expect(eventOrder(0, 6)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(cpuOrder(0)).toEqual([0, 1, 2, 3]);
  });

  it("is a permutation that depends on the seed alone, and never crosses times", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (seed) => {
        const order = eventOrder(seed, 6);
        expect(order).toEqual(eventOrder(seed, 6));
        expect(order.slice(0, 6).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(order.slice(6).sort((a, b) => a - b)).toEqual([6, 7, 8, 9, 10, 11]);
      }),
    );
  });

  it("is another one for another seed", () => {
    const orders = new Set(Array.from({ length: 50 }, (_, i) => eventOrder(i + 1, 6).join()));
    expect(orders.size).toBeGreaterThan(40);
    const firsts = new Set(Array.from({ length: 50 }, (_, i) => cpuOrder(i + 1)[0]));
    expect([...firsts].sort()).toEqual([0, 1, 2, 3]);
  });

  it("never gives two events the same place", () => {
    const order = orderOf(7);
    const keys = Array.from({ length: 100_000 }, () => order.key());
    expect(new Set(keys).size).toBe(keys.length);
  });
});
