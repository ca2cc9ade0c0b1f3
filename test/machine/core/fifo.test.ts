import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "../../../src/machine/core/fifo.ts";

test("does what an array does", () => {
  const op = fc.constantFrom("push", "push", "push", "shift", "unshift", "remove");
  fc.assert(
    fc.property(fc.array(fc.tuple(op, fc.nat(700)), { maxLength: 900 }), (ops) => {
      const fifo = new Fifo<number>();
      const array: number[] = [];
      ops.forEach(([name, at], i) => {
        if (name === "push") {
          fifo.push(i);
          array.push(i);
        } else if (name === "unshift") {
          fifo.unshift(i);
          array.unshift(i);
        } else if (name === "shift") expect(fifo.shift()).toBe(array.shift());
        else {
          const item = array[at % (array.length + 1)] ?? -1;
          const index = array.indexOf(item);
          if (index >= 0) array.splice(index, 1);
          expect(fifo.remove(item)).toBe(index >= 0);
        }
        expect(fifo.length).toBe(array.length);
        expect(fifo.first).toBe(array[0] ?? null);
      });
      expect([...fifo]).toEqual(array);
    }),
  );
});

test("gives its head back", () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 2000; i++) {
    fifo.push(i);
    fifo.push(i);
    if (i > 300) {
      fifo.shift();
      fifo.shift();
    }
  }
  expect(fifo.toArray().length).toBe(fifo.length);
  expect(fifo.first).toBe(1699);
});
